# The emulator: everything can be thrown away, and an error is an error at once.
region        = "eu-west-1"
max_retries   = 2
force_destroy = true
