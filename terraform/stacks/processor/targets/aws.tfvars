# A real account: nothing disappears by mistake.
region        = "eu-west-1"
max_retries   = 25
force_destroy = false
