# The emulator: everything can be thrown away.
region        = "eu-west-1"
force_destroy = true
