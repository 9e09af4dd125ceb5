variable "name" {
  description = "Name of the endpoint, and prefix of everything else."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}$", var.name))
    error_message = "The name must be 2 to 23 lower-case letters, digits and hyphens, and begin with a letter: a job's name adds 40 to it, and 63 is the most."
  }
}

variable "hosting" {
  description = "How the model is served: instances, serverless, or batch for transform jobs alone."
  type        = string
  default     = "instances"

  validation {
    condition     = contains(["instances", "serverless", "batch"], var.hosting)
    error_message = "A model is served on instances, serverless or by batch."
  }
}

variable "release" {
  description = "How a challenger meets requests, for instances: canary gives it a share of them, shadow a copy of each."
  type        = string
  default     = "canary"

  validation {
    condition     = contains(["canary", "shadow"], var.release)
    error_message = "A challenger is released as a canary or a shadow."
  }
}

variable "image" {
  description = "Image of the model's container in ECR, by tag or digest; not latest."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com(\\.cn)?/[a-z0-9/_.-]+(:[A-Za-z0-9_.-]+|@sha256:[0-9a-f]{64})$", var.image)) && !endswith(var.image, ":latest")
    error_message = "The image must be in ECR and named by a tag of its own or a digest, for example 123456789012.dkr.ecr.eu-west-1.amazonaws.com/claims-model:1.0.0-7ee40b54."
  }
}

variable "jobs_image" {
  description = "Image of the monitor in ECR, by tag or digest."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}\\.dkr\\.ecr\\..+(:[A-Za-z0-9_.-]+|@sha256:[0-9a-f]{64})$", var.jobs_image)) && !endswith(var.jobs_image, ":latest")
    error_message = "The image must be in ECR and named by a tag of its own or a digest."
  }
}

variable "repository_arn" {
  description = "ARN of the ECR repository of both images."
  type        = string

  validation {
    condition     = can(regex("^arn:[^:]+:ecr:[^:]+:[0-9]{12}:repository/.+$", var.repository_arn))
    error_message = "The repository must be given by its ARN."
  }
}

variable "model_data_url" {
  description = "Archive with the first model, below models/ or runs/ of the artifacts bucket."
  type        = string

  validation {
    condition     = can(regex("^s3://[a-z0-9.-]+/(models|runs)/.+\\.tar\\.gz$", var.model_data_url))
    error_message = "The model must be a .tar.gz below models/ or runs/, for example s3://claims-artifacts/models/1.0.0/model.tar.gz."
  }
}

variable "artifacts_bucket" {
  description = "Name of the bucket with models and the baseline."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.artifacts_bucket))
    error_message = "The bucket's name must be 3 to 63 lower-case letters, digits and hyphens."
  }
}

variable "artifacts_kms_key_arn" {
  description = "ARN of that bucket's key."
  type        = string

  validation {
    condition     = can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.artifacts_kms_key_arn))
    error_message = "The key must be given by its ARN."
  }
}

variable "captures_bucket" {
  description = "Name of the bucket to make for captured requests, known costs and reports."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.captures_bucket)) && var.captures_bucket != var.artifacts_bucket
    error_message = "The bucket's name must be 3 to 63 lower-case letters, digits and hyphens, and not the artifacts bucket's."
  }
}

variable "vpc_id" {
  description = "Id of the VPC that the containers are connected to."
  type        = string

  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "The VPC must be given by its id, for example vpc-0123456789abcdef0."
  }
}

variable "subnet_ids" {
  description = "Ids of private subnets in two zones or more."
  type        = set(string)

  validation {
    condition     = length(var.subnet_ids) >= 2 && alltrue([for id in var.subnet_ids : startswith(id, "subnet-")])
    error_message = "Name at least two subnets, each by its id: one zone is one point of failure."
  }
}

variable "endpoint_security_group_id" {
  description = "Id of the security group of the VPC's interface endpoints."
  type        = string

  validation {
    condition     = startswith(var.endpoint_security_group_id, "sg-")
    error_message = "The security group must be given by its id, for example sg-0123456789abcdef0."
  }
}

variable "s3_prefix_list_id" {
  description = "Id of the prefix list of S3 in this region."
  type        = string

  validation {
    condition     = startswith(var.s3_prefix_list_id, "pl-")
    error_message = "The prefix list must be given by its id, for example pl-6da54004."
  }
}

variable "instance_type" {
  description = "Type of the machines, for instances."
  type        = string
  default     = "ml.m5.large"

  validation {
    condition     = startswith(var.instance_type, "ml.")
    error_message = "SageMaker's types begin with ml., for example ml.m5.large."
  }
}

variable "min_instances" {
  description = "Machines that each variant has at least, the standby too; SageMaker spreads two over two zones."
  type        = number
  default     = 2

  validation {
    condition     = var.min_instances >= 1 && floor(var.min_instances) == var.min_instances
    error_message = "A whole number of machines, at least one."
  }
}

variable "max_instances" {
  description = "Machines that each variant has at most."
  type        = number
  default     = 4

  validation {
    condition     = var.max_instances >= var.min_instances && floor(var.max_instances) == var.max_instances
    error_message = "A whole number of machines, no fewer than min_instances."
  }
}

variable "invocations_per_instance" {
  description = "Requests a minute that one machine is to have; more add one."
  type        = number
  default     = 6000

  validation {
    condition     = var.invocations_per_instance >= 1
    error_message = "At least one request a minute."
  }
}

variable "serverless" {
  description = "Memory in megabytes and requests at a time, for serverless."
  type = object({
    memory_mb       = number
    max_concurrency = number
  })
  default = { memory_mb = 1024, max_concurrency = 20 }

  validation {
    condition     = contains([1024, 2048, 3072, 4096, 5120, 6144], var.serverless.memory_mb) && var.serverless.max_concurrency >= 1 && var.serverless.max_concurrency <= 200
    error_message = "SageMaker knows 1024, 2048, 3072, 4096, 5120 and 6144 megabytes, and 1 to 200 requests at a time."
  }
}

variable "capture_percentage" {
  description = "Requests in a hundred that are captured, for instances."
  type        = number
  default     = 100

  validation {
    condition     = var.capture_percentage >= 1 && var.capture_percentage <= 100 && floor(var.capture_percentage) == var.capture_percentage
    error_message = "A whole number from 1 to 100: without captures nobody notices drift."
  }
}

variable "capture_retention_days" {
  description = "Days that captured requests are kept; costs must become known within them to be compared."
  type        = number
  default     = 180

  validation {
    condition     = var.capture_retention_days >= 7 && floor(var.capture_retention_days) == var.capture_retention_days
    error_message = "A whole number of days, at least seven."
  }
}

variable "bake_seconds" {
  description = "Seconds that alarms watch new machines before the old ones go."
  type        = number
  default     = 180

  validation {
    condition     = var.bake_seconds >= 120 && var.bake_seconds <= 3600
    error_message = "120 to 3600 seconds: an alarm needs two minutes, and SageMaker waits an hour at most."
  }
}

variable "monitor_schedule" {
  description = "When captures are judged, as EventBridge Scheduler writes it."
  type        = string
  default     = "rate(6 hours)"

  validation {
    condition     = can(regex("^(rate|cron)\\(.+\\)$", var.monitor_schedule))
    error_message = "Write rate(6 hours) or cron(0 */6 * * ? *)."
  }
}

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic that alarms go to; null for alarms that only show."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_topic_arn == null || can(regex("^arn:[^:]+:sns:[^:]+:[0-9]{12}:.+$", var.alarm_topic_arn))
    error_message = "The topic must be given by its ARN."
  }
}

variable "force_destroy" {
  description = "Whether the bucket is deleted together with the captures in it."
  type        = bool
  default     = false
}
