"""`python -m unittest discover -t sagemaker/pipeline -s sagemaker/pipeline/tests` runs them."""
