mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001" }
  }
}

variables {
  name_prefix       = "pair"
  reader_account_id = "001234567890"
}

run "anyone_reads_objects_of_the_public_bucket_and_does_nothing_else" {
  command = plan

  assert {
    condition = [
      for statement in jsondecode(aws_s3_bucket_policy.public.policy).Statement :
      { action = statement.Action, resource = statement.Resource, principal = statement.Principal } if statement.Effect == "Allow"
    ] == [{ action = "s3:GetObject", resource = "arn:aws:s3:::pair-public/*", principal = "*" }]
    error_message = "The public may read objects and nothing else: no listing, no writing."
  }
  assert {
    condition     = aws_s3_bucket_public_access_block.public.block_public_acls && aws_s3_bucket_public_access_block.public.ignore_public_acls
    error_message = "Public ACLs stay blocked even on the public bucket."
  }
  assert {
    condition     = !aws_s3_bucket_public_access_block.public.block_public_policy && !aws_s3_bucket_public_access_block.public.restrict_public_buckets
    error_message = "The public bucket must be able to be public."
  }
}

run "the_public_bucket_is_encrypted_so_that_the_public_can_read_it" {
  command = plan

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.public.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "Objects under a KMS key cannot be read anonymously."
  }
}

run "the_private_bucket_blocks_all_public_access" {
  command = plan

  assert {
    condition = (
      aws_s3_bucket_public_access_block.private.block_public_acls &&
      aws_s3_bucket_public_access_block.private.ignore_public_acls &&
      aws_s3_bucket_public_access_block.private.block_public_policy &&
      aws_s3_bucket_public_access_block.private.restrict_public_buckets
    )
    error_message = "All four blocks must be on for the private bucket."
  }
}

run "the_reader_account_gets_two_named_actions_on_the_private_bucket" {
  command = plan

  assert {
    condition = [
      for statement in jsondecode(aws_s3_bucket_policy.private.policy).Statement :
      { action = statement.Action, resource = statement.Resource, principal = statement.Principal.AWS } if statement.Effect == "Allow"
      ] == [
      { action = "s3:GetObject", resource = "arn:aws:s3:::pair-private/*", principal = "arn:aws:iam::001234567890:root" },
      { action = "s3:ListBucket", resource = "arn:aws:s3:::pair-private", principal = "arn:aws:iam::001234567890:root" },
    ]
    error_message = "The reader account may get objects and list the bucket, and nobody else may do anything."
  }
  assert {
    condition     = output.reader_account_id == "001234567890"
    error_message = "The account id must keep its leading zeros."
  }
}

run "the_reader_account_decrypts_through_s3_only" {
  command = plan

  assert {
    condition = [
      for statement in jsondecode(aws_kms_key.private.policy).Statement :
      { action = statement.Action, via = statement.Condition.StringEquals["kms:ViaService"] }
      if statement.Principal.AWS == "arn:aws:iam::001234567890:root"
    ] == [{ action = "kms:Decrypt", via = "s3.eu-west-1.amazonaws.com" }]
    error_message = "The reader account needs kms:Decrypt, through S3 and for nothing else."
  }
  assert {
    condition     = length(jsondecode(aws_kms_key.private.policy).Statement) == 2
    error_message = "Nobody but the own and the reader account may use the key."
  }
}

run "the_private_bucket_is_encrypted_with_the_own_rotating_key" {
  command = plan

  assert {
    condition = (
      one(one(aws_s3_bucket_server_side_encryption_configuration.private.rule).apply_server_side_encryption_by_default).sse_algorithm == "aws:kms" &&
      one(one(aws_s3_bucket_server_side_encryption_configuration.private.rule).apply_server_side_encryption_by_default).kms_master_key_id == aws_kms_key.private.arn &&
      one(aws_s3_bucket_server_side_encryption_configuration.private.rule).bucket_key_enabled &&
      aws_kms_key.private.enable_key_rotation
    )
    error_message = "The private bucket must be encrypted with the module's own rotating key."
  }
}

run "the_private_bucket_takes_no_object_under_another_key" {
  command = plan

  assert {
    condition = {
      for statement in jsondecode(aws_s3_bucket_policy.private.policy).Statement : statement.Sid => statement.Condition
      if statement.Effect == "Deny" && statement.Principal == "*" && statement.Action == "s3:PutObject" && statement.Resource == "arn:aws:s3:::pair-private/*"
      } == {
      NoOtherEncryption = {
        Null            = { "s3:x-amz-server-side-encryption" = "false" }
        StringNotEquals = { "s3:x-amz-server-side-encryption" = "aws:kms" }
      }
      NoOtherKey = {
        Null            = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = "false" }
        StringNotEquals = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = aws_kms_key.private.arn }
      }
      NoKeyOfTheCaller = {
        Null = { "s3:x-amz-server-side-encryption-customer-algorithm" = "false" }
      }
    }
    error_message = "The bucket must refuse objects under another kind of encryption, another key, or a key of the caller."
  }
}

run "both_buckets_take_tls_only_and_know_no_acls" {
  command = plan

  assert {
    condition = alltrue([
      for policy in [aws_s3_bucket_policy.public.policy, aws_s3_bucket_policy.private.policy] :
      length([
        for statement in jsondecode(policy).Statement : statement
        if statement.Effect == "Deny" && statement.Principal == "*" && statement.Action == "s3:*" && length(statement.Resource) == 2 && try(statement.Condition.Bool["aws:SecureTransport"], "") == "false"
      ]) == 1
    ])
    error_message = "Both buckets must refuse requests without TLS, for the bucket and for its objects."
  }
  assert {
    condition     = length(aws_s3_bucket_ownership_controls.this) == 2 && alltrue([for controls in aws_s3_bucket_ownership_controls.this : one(controls.rule).object_ownership == "BucketOwnerEnforced"])
    error_message = "ACLs must be off on both buckets."
  }
}

run "both_buckets_keep_versions_for_a_limited_time" {
  command = plan

  assert {
    condition     = length(aws_s3_bucket_versioning.this) == 2 && alltrue([for versioning in aws_s3_bucket_versioning.this : one(versioning.versioning_configuration).status == "Enabled"])
    error_message = "Both buckets must keep versions."
  }
  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.this) == 2 && alltrue([for configuration in aws_s3_bucket_lifecycle_configuration.this : length(configuration.rule) == 2])
    error_message = "Both buckets must forget old versions and unfinished uploads."
  }
}

run "buckets_with_objects_are_not_deleted_unless_told_so" {
  command = plan

  assert {
    condition     = !aws_s3_bucket.public.force_destroy && !aws_s3_bucket.private.force_destroy
    error_message = "Buckets must not take their objects along by default."
  }
}

run "access_logs_go_to_the_bucket_that_is_named" {
  command = plan
  variables {
    access_log_bucket = "central-access-logs"
  }
  assert {
    condition     = length(aws_s3_bucket_logging.this) == 2 && alltrue([for logging in aws_s3_bucket_logging.this : logging.target_bucket == "central-access-logs"])
    error_message = "Both buckets must log to the bucket that is named."
  }
}

run "a_number_as_account_id_is_refused" {
  command = plan
  variables {
    reader_account_id = 001234567890
  }
  expect_failures = [var.reader_account_id]
}

run "an_account_id_with_hyphens_is_refused" {
  command = plan
  variables {
    reader_account_id = "0012-3456-7890"
  }
  expect_failures = [var.reader_account_id]
}

run "a_prefix_s3_would_not_take_is_refused" {
  command = plan
  variables {
    name_prefix = "My_Pair"
  }
  expect_failures = [var.name_prefix]
}

run "a_prefix_too_long_for_a_bucket_is_refused" {
  command = plan
  variables {
    name_prefix = "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"
  }
  expect_failures = [var.name_prefix]
}

run "versions_kept_for_no_day_and_a_log_bucket_that_is_none_are_refused" {
  command = plan
  variables {
    noncurrent_version_days = 0
    access_log_bucket       = "Logs!"
  }
  expect_failures = [var.noncurrent_version_days, var.access_log_bucket]
}

run "statements_keep_their_conditions" {
  command = plan

  assert {
    condition = sort(flatten([
      for policy in [aws_s3_bucket_policy.public.policy, aws_s3_bucket_policy.private.policy, aws_kms_key.private.policy] : [
        for statement in jsondecode(policy).Statement : "${statement.Sid}: ${join(", ", keys(statement.Condition))}" if can(statement.Condition)
      ]
      ])) == tolist([
      "NoKeyOfTheCaller: Null",
      "NoOtherEncryption: Null, StringNotEquals",
      "NoOtherKey: Null, StringNotEquals",
      "ReaderAccountDecryptsThroughS3: StringEquals, StringLike",
      "TlsOnly: Bool",
      "TlsOnly: Bool",
    ])
    error_message = "A statement without its condition, or with its opposite, allows what nobody asked for."
  }
}
