"""Makes the model: claims, training, evaluation, export. None of it is in the image."""
