# A real account: nothing disappears by mistake.
region              = "eu-west-1"
deletion_protection = true
skip_final_snapshot = false
force_destroy       = false
