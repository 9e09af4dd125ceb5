# A real account: nothing disappears by mistake, and nothing is rolled out in a hurry.
region        = "eu-west-1"
force_destroy = false
rollout       = { batch_size = 20, poll_seconds = 15, soak_seconds = 600 }
# Yours: who is told, who publishes images, and where packages come from (golden-image's README says what the mirror holds).
alert_email       = "platform@example.com"
github_repository = "example/infrastructure"
package_mirror    = { url = "https://package-mirror.s3.eu-west-1.amazonaws.com/ubuntu", key_sha256 = "0000000000000000000000000000000000000000000000000000000000000000" }
