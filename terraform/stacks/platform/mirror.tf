# APT does not sign requests, so the mirror's bucket policy allows the endpoints of the networks that install packages. They exist
# only now, and the first image is built in the same apply.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-vpc-endpoint.html
resource "aws_s3_bucket_policy" "mirror" {
  bucket = local.mirror_bucket
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "PackagesForTheseNetworks"
        Effect    = "Allow"
        Principal = "*"
        Action    = "s3:GetObject"
        Resource  = local.mirror_objects
        Condition = { StringEquals = { "aws:SourceVpce" = [module.network_user.s3_endpoint_id, module.network_support.s3_endpoint_id] } }
      },
      {
        Sid       = "TLSOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = concat([trimsuffix(local.mirror_objects[0], "/*")], local.mirror_objects)
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}
