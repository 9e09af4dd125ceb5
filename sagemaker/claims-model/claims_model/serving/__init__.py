"""The service for both versions of the model. It runs on Python 3.7 and newer."""
