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
}

variables {
  image_name   = "image"
  repository   = "example/infrastructure"
  provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
}

run "only_the_main_branch_of_the_repository_gets_the_role" {
  command = plan

  assert {
    condition = one(jsondecode(aws_iam_role.this.assume_role_policy).Statement) == {
      Sid       = "MainBranchOfTheRepository"
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
          "token.actions.githubusercontent.com:sub" = "repo:example/infrastructure:ref:refs/heads/main"
        }
      }
    }
    error_message = "A pull request, another branch or another repository must not get the role."
  }
}

run "the_role_starts_one_pipeline_and_replaces_one_object" {
  command = plan

  assert {
    condition = { for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Action => statement.Resource } == {
      "imagebuilder:StartImagePipelineExecution" = "arn:aws:imagebuilder:eu-west-1:111122223333:image-pipeline/image"
      "s3:PutObject"                             = "arn:aws:s3:::image-source-111122223333-eu-west-1/ansible.json"
      "kms:GenerateDataKey"                      = "arn:aws:kms:eu-west-1:111122223333:key/*"
    }
    error_message = "The role must start this pipeline and write its source, and nothing else."
  }
  assert {
    condition = one([for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Condition if can(statement.Condition)]) == {
      StringEquals = {
        "kms:ViaService"                   = "s3.eu-west-1.amazonaws.com"
        "kms:EncryptionContext:aws:s3:arn" = "arn:aws:s3:::image-source-111122223333-eu-west-1"
      }
    }
    error_message = "A key must serve this bucket only, through S3."
  }
}

run "names_with_a_star_and_other_providers_are_refused" {
  command = plan
  variables {
    image_name   = "Image"
    repository   = "example/*"
    provider_arn = "arn:aws:iam::111122223333:oidc-provider/example.com"
  }
  expect_failures = [var.image_name, var.repository, var.provider_arn]
}
