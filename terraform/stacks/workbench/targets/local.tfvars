# The emulator: everything can be thrown away, and an error is an error at once.
region              = "eu-west-1"
max_retries         = 2
deletion_protection = false
skip_final_snapshot = true
force_destroy       = true
