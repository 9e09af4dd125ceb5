output "image_id" {
  description = "Id of the image that the last apply built."
  value       = one(one(aws_imagebuilder_image.this.output_resources).amis).image
}

output "image_tag" {
  description = "Tag of every image of this pipeline; image-rollout rejects an image without it."
  value       = local.image_tag
}

output "pipeline_arn" {
  description = "ARN of the pipeline; aws imagebuilder start-image-pipeline-execution takes it."
  value       = aws_imagebuilder_image_pipeline.this.arn
}

output "log_group_name" {
  description = "Name of the log group of the builds."
  value       = aws_cloudwatch_log_group.build.name
}

output "kms_key_arn" {
  description = "ARN of the key of images, their source and build logs."
  value       = aws_kms_key.this.arn
}
