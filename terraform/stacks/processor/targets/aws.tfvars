# A real account: nothing disappears by mistake.
region        = "eu-west-1"
force_destroy = false
