# EC2InstanceProfileForImageBuilder allows far more; these are the permissions that one build
# of this recipe needs.
resource "aws_iam_role" "build" {
  name        = "${var.name}-build"
  description = "Machine that builds and tests an image"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "build" {
  name = "build"
  role = aws_iam_role.build.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "TakeCommandsFromSystemsManager"
        Effect = "Allow"
        Action = [
          "ssm:UpdateInstanceInformation",
          "ssmmessages:CreateControlChannel",
          "ssmmessages:CreateDataChannel",
          "ssmmessages:OpenControlChannel",
          "ssmmessages:OpenDataChannel",
        ]
        # These actions support no resource-level permissions, so AWS accepts only a star.
        Resource = "*"
      },
      {
        Sid      = "ReadTheComponents"
        Effect   = "Allow"
        Action   = "imagebuilder:GetComponent"
        Resource = "arn:${local.partition}:imagebuilder:${local.region}:${local.account_id}:component/${var.name}-*"
      },
      {
        Sid      = "ReadTheRole"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${aws_s3_bucket.source.arn}/*"
      },
      {
        Sid      = "ReadImageBuildersTools"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "arn:${local.partition}:s3:::ec2imagebuilder-*"
      },
      {
        Sid      = "DecryptRoleAndComponents"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = aws_kms_key.this.arn
      },
      {
        Sid      = "WriteTheBuildLog"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${local.log_group_arn}:*"
      },
    ]
  })
}

resource "aws_iam_instance_profile" "build" {
  name = "${var.name}-build"
  role = aws_iam_role.build.name
}

resource "aws_iam_role" "lifecycle" {
  name        = "${var.name}-lifecycle"
  description = "Lets Image Builder retire images"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "imagebuilder.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

# AWS managed policy: its condition allows the deletion of Image Builder's own resources only.
resource "aws_iam_role_policy_attachment" "lifecycle" {
  role       = aws_iam_role.lifecycle.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy"
}
