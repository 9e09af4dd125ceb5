"""The way of a model: pipeline, approval, deployment."""
