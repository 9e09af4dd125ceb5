# A real account: nothing disappears by mistake, and nothing is rolled out in a hurry.
region        = "eu-west-1"
max_retries   = 25
is_emulated   = false
force_destroy = false
rollout       = { batch_size = 20, poll_seconds = 15, replacement_minutes = 20, soak_seconds = 600 }
