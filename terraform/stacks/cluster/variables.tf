variable "region" {
  description = "AWS region that everything lives in."
  type        = string
  default     = "eu-west-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "The region must be written as in eu-west-1."
  }
}

variable "access" {
  description = "Who may do what in the cluster, by a name of one's own: cluster-admin and view everywhere, edit and view in named namespaces."
  type = map(object({
    principal_arn = string
    policy        = string
    namespaces    = optional(set(string), [])
  }))
}

variable "api_client_security_group_ids" {
  description = "Security groups that may call the API server in addition to the nodes, by what they belong to."
  type        = map(string)
  default     = {}
}

variable "node_groups" {
  description = "Nodes of fixed number, by type: system and general. Karpenter starts all others."
  type = map(object({
    instance_types = list(string)
    size           = number
    volume_gib     = optional(number, 40)
  }))
  default = {
    system  = { instance_types = ["m7i.large"], size = 2 }
    general = { instance_types = ["m7i.large"], size = 3 }
  }
}

variable "pod_policies" {
  description = "Rights of AWS for service accounts, by a name of one's own: namespace, service account, and the policy as JSON."
  type = map(object({
    namespace       = string
    service_account = string
    policy          = string
  }))
  default = {}
}

variable "buckets" {
  description = "Actions on buckets of the own account that pods may use through the S3 endpoint, by bucket: Thanos's, for one."
  type        = map(set(string))
  default     = {}

  validation {
    condition     = alltrue([for bucket in keys(var.buckets) : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", bucket))])
    error_message = "Name each bucket in full, without a star."
  }
}

variable "image_repositories" {
  description = "Names of the ECR repositories for our images and for copies of others'."
  type        = set(string)
  default = [
    "claims/claims-model",
    "claims/report",
    "claims/v1/claims-model",
    "claims/v1/report",
    "grafana/grafana",
    "istio/install-cni",
    "istio/pilot",
    "istio/ztunnel",
    "jetstack/cert-manager-cainjector",
    "jetstack/cert-manager-controller",
    "jetstack/cert-manager-webhook",
    "karpenter/controller",
    "kube-state-metrics/kube-state-metrics",
    "mlops/therapy-pipeline",
    "mlops/torch-efa",
    "nginx/nginx-gateway-fabric",
    "nginx/nginx-gateway-fabric/nginx",
    "prometheus-operator/prometheus-config-reloader",
    "prometheus-operator/prometheus-operator",
    "prometheus/alertmanager",
    "prometheus/prometheus",
    "thanos/thanos",
  ]

  validation {
    condition     = alltrue([for name in var.image_repositories : can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", name))])
    error_message = "A repository's name has lower-case letters and digits, separated by single dots, hyphens, underscores and slashes."
  }
}

variable "force_destroy" {
  description = "Whether repositories are deleted together with the images in them."
  type        = bool
  default     = false
}
