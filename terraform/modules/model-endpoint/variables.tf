variable "name" {
  description = "Name of the endpoint, and prefix of all other names."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}$", var.name))
    error_message = "The name must be 2 to 23 lower-case letters, digits and hyphens, and begin with a letter: a job's name adds 40 characters, and SageMaker allows 63."
  }
}

variable "hosting" {
  description = "How the model is served: instances, serverless, or batch (transform jobs only)."
  type        = string
  default     = "instances"

  validation {
    condition     = contains(["instances", "serverless", "batch"], var.hosting)
    error_message = "The value must be instances, serverless or batch."
  }
}

variable "release" {
  description = "How a challenger gets requests (instances only): canary sends it a share, shadow a copy of each request."
  type        = string
  default     = "canary"

  validation {
    condition     = contains(["canary", "shadow"], var.release)
    error_message = "The value must be canary or shadow."
  }
}

variable "image" {
  description = "ECR image of the model's container, by tag or digest; not latest."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com(\\.cn)?/[a-z0-9/_.-]+(:[A-Za-z0-9_.-]+|@sha256:[0-9a-f]{64})$", var.image)) && !endswith(var.image, ":latest")
    error_message = "The image must be in ECR and have a tag other than latest or a digest, for example 123456789012.dkr.ecr.eu-west-1.amazonaws.com/claims-model:1.0.0-7ee40b54."
  }
}

variable "jobs_image" {
  description = "ECR image of the monitor, by tag or digest."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}\\.dkr\\.ecr\\..+(:[A-Za-z0-9_.-]+|@sha256:[0-9a-f]{64})$", var.jobs_image)) && !endswith(var.jobs_image, ":latest")
    error_message = "The image must be in ECR and have a tag other than latest or a digest."
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
  description = "S3 URI of the first model's archive, below models/ or runs/ in the artifacts bucket."
  type        = string

  validation {
    condition     = can(regex("^s3://[a-z0-9.-]+/(models|runs)/.+\\.tar\\.gz$", var.model_data_url))
    error_message = "The model must be a .tar.gz file below models/ or runs/, for example s3://claims-artifacts/models/1.0.0/model.tar.gz."
  }
}

variable "artifacts_bucket" {
  description = "Name of the bucket that holds the models and the baseline."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.artifacts_bucket))
    error_message = "The bucket's name must be 3 to 63 lower-case letters, digits and hyphens."
  }
}

variable "artifacts_kms_key_arn" {
  description = "ARN of the KMS key of the artifacts bucket."
  type        = string

  validation {
    condition     = can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:key/.+$", var.artifacts_kms_key_arn))
    error_message = "The key must be given by its ARN."
  }
}

variable "captures_bucket" {
  description = "Name of the bucket to create for captured requests, known costs and reports."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.captures_bucket)) && var.captures_bucket != var.artifacts_bucket
    error_message = "The bucket's name must be 3 to 63 lower-case letters, digits and hyphens, and not the artifacts bucket's."
  }
}

variable "vpc_id" {
  description = "Id of the VPC of the containers."
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
    error_message = "Name at least two subnets, each by its id: one zone is a single point of failure."
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
  description = "Instance type of the machines (instances only)."
  type        = string
  default     = "ml.m5.large"

  validation {
    condition     = startswith(var.instance_type, "ml.")
    error_message = "The type must begin with ml., for example ml.m5.large."
  }
}

variable "min_instances" {
  description = "Minimum number of machines for each variant, standby included; SageMaker spreads two machines over two zones."
  type        = number
  default     = 2

  validation {
    condition     = var.min_instances >= 1 && floor(var.min_instances) == var.min_instances
    error_message = "min_instances must be a whole number, at least 1."
  }
}

variable "max_instances" {
  description = "Maximum number of machines for each variant."
  type        = number
  default     = 4

  validation {
    condition     = var.max_instances >= var.min_instances && floor(var.max_instances) == var.max_instances
    error_message = "max_instances must be a whole number, at least min_instances."
  }
}

variable "invocations_per_instance" {
  description = "Target of requests per minute for one machine; above it, autoscaling adds a machine."
  type        = number
  default     = 6000

  validation {
    condition     = var.invocations_per_instance >= 1
    error_message = "The target must be at least one request per minute."
  }
}

variable "serverless" {
  description = "Memory in MB and maximum concurrency (serverless only)."
  type = object({
    memory_mb       = number
    max_concurrency = number
  })
  default = { memory_mb = 1024, max_concurrency = 20 }

  validation {
    condition     = contains([1024, 2048, 3072, 4096, 5120, 6144], var.serverless.memory_mb) && var.serverless.max_concurrency >= 1 && var.serverless.max_concurrency <= 200
    error_message = "The memory must be 1024, 2048, 3072, 4096, 5120 or 6144 MB, and the concurrency from 1 to 200."
  }
}

variable "capture_percentage" {
  description = "Percentage of requests that are captured (instances only)."
  type        = number
  default     = 100

  validation {
    condition     = var.capture_percentage >= 1 && var.capture_percentage <= 100 && floor(var.capture_percentage) == var.capture_percentage
    error_message = "The percentage must be a whole number from 1 to 100: without captures the monitor cannot detect drift."
  }
}

variable "capture_retention_days" {
  description = "Days that captured requests are kept; the monitor compares only claims whose costs become known in this time."
  type        = number
  default     = 180

  validation {
    condition     = var.capture_retention_days >= 7 && floor(var.capture_retention_days) == var.capture_retention_days
    error_message = "The period must be a whole number of days, at least 7."
  }
}

variable "bake_seconds" {
  description = "Seconds that alarms watch the new machines before SageMaker removes the old ones."
  type        = number
  default     = 180

  validation {
    condition     = var.bake_seconds >= 120 && var.bake_seconds <= 3600
    error_message = "The time must be from 120 to 3600 seconds: an alarm needs two minutes, and SageMaker waits at most one hour."
  }
}

variable "monitor_schedule" {
  description = "When the monitor runs, as an EventBridge Scheduler expression."
  type        = string
  default     = "rate(6 hours)"

  validation {
    condition     = can(regex("^(rate|cron)\\(.+\\)$", var.monitor_schedule))
    error_message = "The schedule must be rate(…) or cron(…), for example rate(6 hours) or cron(0 */6 * * ? *)."
  }
}

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic for alarms; null for alarms without notifications."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_topic_arn == null || can(regex("^arn:[^:]+:sns:[^:]+:[0-9]{12}:.+$", var.alarm_topic_arn))
    error_message = "The topic must be given by its ARN."
  }
}

variable "force_destroy" {
  description = "Whether the bucket is deleted with the captures in it."
  type        = bool
  default     = false
}
