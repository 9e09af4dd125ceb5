# The emulator: everything can be thrown away, and the lock is short
# enough to be seen released.
region            = "eu-west-1"
poll_seconds      = 1
cool_down_seconds = 20
force_destroy     = true
