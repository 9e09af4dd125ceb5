"""Predicts the final cost of a motor claim from what is known at the first notice of loss."""
