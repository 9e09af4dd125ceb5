# The emulator: everything can be thrown away.
region              = "eu-west-1"
deletion_protection = false
skip_final_snapshot = true
force_destroy       = true
