# The emulator: machines start at once.
region            = "eu-west-1"
force_destroy     = true
rollout           = { batch_size = 2, poll_seconds = 1, soak_seconds = 1 }
alert_email       = "platform@example.com"
github_repository = "example/infrastructure"
package_mirror    = { url = "https://package-mirror.s3.eu-west-1.amazonaws.com/ubuntu", key_sha256 = "0000000000000000000000000000000000000000000000000000000000000000" }
