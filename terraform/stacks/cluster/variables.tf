variable "region" {
  description = "AWS region that everything lives in."
  type        = string
  default     = "eu-west-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "The region must be written as in eu-west-1."
  }
}

variable "max_retries" {
  description = "Times the provider repeats a failed request: 25 rides out throttling, 2 keeps an emulator's error from hanging."
  type        = number
  default     = 25

  validation {
    condition     = var.max_retries >= 0 && floor(var.max_retries) == var.max_retries
    error_message = "Requests are repeated a whole number of times."
  }
}

variable "is_emulated" {
  description = "Whether this goes to the emulator, which has neither add-ons nor access entries of EKS."
  type        = bool
  default     = false
}

variable "access" {
  description = "Who may do what in the cluster, by a name of one's own: cluster-admin and view everywhere, edit and view in named namespaces."
  type = map(object({
    principal_arn = string
    policy        = string
    namespaces    = optional(set(string), [])
  }))
}

variable "node_groups" {
  description = "Nodes by type, of system, general, spot and gpu."
  type = map(object({
    instance_types = list(string)
    min_size       = number
    max_size       = number
    volume_gib     = optional(number, 40)
  }))
  default = {
    system  = { instance_types = ["m7i.large"], min_size = 2, max_size = 3 }
    general = { instance_types = ["m7i.large"], min_size = 3, max_size = 9 }
    spot    = { instance_types = ["m7i.large", "m7a.large", "m6i.large", "m6a.large"], min_size = 0, max_size = 9 }
    gpu     = { instance_types = ["g6.xlarge"], min_size = 0, max_size = 4, volume_gib = 100 }
  }
}
