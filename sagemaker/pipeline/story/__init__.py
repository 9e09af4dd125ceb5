"""The whole way on one machine: the emulator keeps what SageMaker would know, and what would run, runs here."""
