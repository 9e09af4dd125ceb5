# The emulator: machines start at once, and an error is an error at once.
region            = "eu-west-1"
max_retries       = 2
is_emulated       = true
force_destroy     = true
rollout           = { batch_size = 2, poll_seconds = 1, soak_seconds = 1 }
alert_email       = "platform@example.com"
github_repository = "example/infrastructure"
package_mirror    = null
