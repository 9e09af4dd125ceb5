"""The service: one process, three contracts. Runs unchanged on Python 3.7 and newer."""
