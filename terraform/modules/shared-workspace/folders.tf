# FSx makes a directory of each of these objects, with the owner and mode that the metadata state:
# https://docs.aws.amazon.com/fsx/latest/LustreGuide/posix-metadata-support.html
resource "aws_s3_object" "folder" {
  for_each = var.user_ids

  bucket  = aws_s3_bucket.export.id
  key     = "${each.key}/"
  content = ""
  metadata = {
    user-agent       = "aws-fsx-lustre"
    file-owner       = tostring(each.value)
    file-group       = tostring(each.value)
    file-permissions = "0040700"
  }

  depends_on = [aws_s3_bucket_server_side_encryption_configuration.export, aws_s3_bucket_versioning.export]

  lifecycle {
    # FSx writes the directory's metadata on every change.
    ignore_changes = all
  }
}
