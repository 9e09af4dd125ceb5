# A real account: nothing disappears by mistake, and drift retrains once a day at most.
region            = "eu-west-1"
poll_seconds      = 60
cool_down_seconds = 86400
force_destroy     = false
