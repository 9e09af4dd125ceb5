"""What the pipeline's jobs run, on files that SageMaker brings and takes: no step calls AWS."""
