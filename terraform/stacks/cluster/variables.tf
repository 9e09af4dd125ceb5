variable "region" {
  description = "AWS region of all resources."
  type        = string
  default     = "eu-west-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "The region must have the form eu-west-1."
  }
}

variable "access" {
  description = "Access to the cluster, by a name of your choice: cluster-admin (whole cluster), view (whole cluster or named namespaces) or edit (named namespaces)."
  type = map(object({
    principal_arn = string
    policy        = string
    namespaces    = optional(set(string), [])
  }))
}

variable "api_client_security_group_ids" {
  description = "Ids of security groups other than the nodes' that may call the API server, by the name of the client."
  type        = map(string)
  default     = {}
}

variable "node_groups" {
  description = "Node groups of fixed size, by type: system and general. Karpenter starts all other nodes."
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
  description = "AWS permissions for service accounts, by a name of your choice: namespace, service account, and the policy as JSON."
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
  description = "Names of the ECR repositories for our images and for copies of third-party images."
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
  description = "Whether repositories are deleted with the images in them."
  type        = bool
  default     = false
}
