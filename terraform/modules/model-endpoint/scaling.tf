# The champion follows its traffic; a canary's share fits one machine.
resource "aws_appautoscaling_target" "champion" {
  count = local.on_instances ? 1 : 0

  service_namespace  = "sagemaker"
  resource_id        = "endpoint/${aws_sagemaker_endpoint.this[0].name}/variant/champion"
  scalable_dimension = "sagemaker:variant:DesiredInstanceCount"
  min_capacity       = var.min_instances
  max_capacity       = var.max_instances
}

resource "aws_appautoscaling_policy" "champion" {
  count = local.on_instances ? 1 : 0

  name               = "${var.name}-champion"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.champion[0].service_namespace
  resource_id        = aws_appautoscaling_target.champion[0].resource_id
  scalable_dimension = aws_appautoscaling_target.champion[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = var.invocations_per_instance
    scale_in_cooldown  = 600
    scale_out_cooldown = 60

    predefined_metric_specification {
      predefined_metric_type = "SageMakerVariantInvocationsPerInstance"
    }
  }
}
