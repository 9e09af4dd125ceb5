variable "name" {
  description = "Name of the cluster, and prefix of every resource's name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "The name must be 2 to 31 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "kubernetes_version" {
  description = "Kubernetes minor version of the control plane and the nodes."
  type        = string
  default     = "1.35"

  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.kubernetes_version)) && try(tonumber(split(".", var.kubernetes_version)[1]) >= 30, false)
    error_message = "The version must be a minor version of 1.30 or newer, for example 1.35: the manifests' preStop sleep and admission policy need it."
  }
}

variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
}

variable "subnet_ids" {
  description = "Ids of private subnets for control plane and nodes, by availability zone; two or more."
  type        = map(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "EKS needs subnets in two or more availability zones: one zone is a single point of failure."
  }
}

variable "service_cidr_block" {
  description = "Address range of the cluster's services; it must not overlap networks that pods call."
  type        = string
  default     = "172.20.0.0/16"

  validation {
    condition     = can(cidrhost(var.service_cidr_block, 0)) && can(regex("/(1[2-9]|2[0-4])$", var.service_cidr_block))
    error_message = "The address range must be IPv4 in CIDR notation with a prefix between /12 and /24, for example 172.20.0.0/16."
  }
}

variable "api_client_security_group_ids" {
  description = "Ids of security groups other than the nodes' that may call the API server, by the name of the client."
  type        = map(string)
  default     = {}
}

variable "access" {
  description = "Access to the cluster, by a name of your choice: cluster-admin (whole cluster), view (whole cluster or named namespaces) or edit (named namespaces)."
  type = map(object({
    principal_arn = string
    policy        = string
    namespaces    = optional(set(string), [])
  }))

  validation {
    condition     = anytrue([for entry in values(var.access) : entry.policy == "cluster-admin"])
    error_message = "At least one entry must be cluster-admin: the creator of the cluster gets no access, so nobody could grant access later."
  }

  validation {
    condition     = alltrue([for entry in values(var.access) : contains(["cluster-admin", "edit", "view"], entry.policy)])
    error_message = "The policy must be cluster-admin, edit or view."
  }

  validation {
    condition = alltrue([
      for entry in values(var.access) :
      entry.policy == "view" || (entry.policy == "edit") == (length(entry.namespaces) > 0)
    ])
    error_message = "The policy edit needs namespaces, and cluster-admin takes none: cluster-admin is not limited to namespaces."
  }

  validation {
    condition     = alltrue([for entry in values(var.access) : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$", entry.principal_arn))])
    error_message = "Access must be given to the ARN of a role, for example arn:aws:iam::111122223333:role/platform, not to a user, whose access key is long-lived."
  }

  validation {
    condition     = length(distinct([for entry in values(var.access) : entry.principal_arn])) == length(var.access)
    error_message = "Each role must be named once: EKS has one access entry for each role."
  }
}

variable "node_groups" {
  description = "Node groups of fixed size, by type: system (the cluster's own pods) and general. Karpenter starts all other nodes."
  type = map(object({
    instance_types = list(string)
    size           = number
    volume_gib     = optional(number, 40)
  }))
  default = {
    system  = { instance_types = ["m7i.large"], size = 2 }
    general = { instance_types = ["m7i.large"], size = 3 }
  }

  validation {
    condition     = toset(keys(var.node_groups)) == toset(["system", "general"])
    error_message = "The types must be system and general: Karpenter's node pools start spot and GPU nodes."
  }

  validation {
    condition     = alltrue([for group in values(var.node_groups) : group.size >= 2 && floor(group.size) == group.size])
    error_message = "Each type needs at least two nodes: one node is a single point of failure."
  }

  validation {
    condition     = alltrue([for group in values(var.node_groups) : length(group.instance_types) >= 1])
    error_message = "Each type needs at least one instance type."
  }

  validation {
    condition     = alltrue([for group in values(var.node_groups) : group.volume_gib >= 20 && floor(group.volume_gib) == group.volume_gib])
    error_message = "The volume for images and logs must be a whole number of GiB, 20 or more: with less, the kubelet deletes cached images to free space."
  }
}

variable "pod_policies" {
  description = "AWS permissions for service accounts other than the add-ons', by a name of your choice: namespace, service account, and the policy as JSON."
  type = map(object({
    namespace       = string
    service_account = string
    policy          = string
  }))
  default = {}

  validation {
    condition     = length(setintersection(keys(var.pod_policies), ["vpc-cni", "aws-ebs-csi-driver", "karpenter"])) == 0
    error_message = "The names vpc-cni, aws-ebs-csi-driver and karpenter are reserved for the module's own roles."
  }

  validation {
    condition     = alltrue([for entry in values(var.pod_policies) : can(jsondecode(entry.policy).Statement)])
    error_message = "Each policy must be a JSON document with a Statement, for example from jsonencode."
  }
}

variable "add_on_versions" {
  description = "Versions of the EKS add-ons; `aws eks describe-addon-versions` lists those that support the Kubernetes version."
  type        = map(string)
  default = {
    "vpc-cni"                = "v1.22.4-eksbuild.3"
    "kube-proxy"             = "v1.35.3-eksbuild.21"
    "eks-pod-identity-agent" = "v1.3.10-eksbuild.3"
    "coredns"                = "v1.13.2-eksbuild.21"
    "aws-ebs-csi-driver"     = "v1.63.1-eksbuild.1"
    "metrics-server"         = "v0.9.0-eksbuild.5"
  }

  validation {
    condition     = toset(keys(var.add_on_versions)) == toset(["vpc-cni", "kube-proxy", "eks-pod-identity-agent", "coredns", "aws-ebs-csi-driver", "metrics-server"])
    error_message = "Set a version for each of vpc-cni, kube-proxy, eks-pod-identity-agent, coredns, aws-ebs-csi-driver and metrics-server, and for no other add-on."
  }

  validation {
    condition     = alltrue([for version in values(var.add_on_versions) : can(regex("^v[0-9]+\\.[0-9]+\\.[0-9]+-eksbuild\\.[0-9]+$", version))])
    error_message = "Each version must be exact, for example v1.22.4-eksbuild.3: a shorter version, or latest, changes without notice."
  }
}

variable "log_retention_days" {
  description = "Days that the control plane's logs are kept; a period that CloudWatch Logs supports."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "The period must be 30, 60, 90, 120, 150, 180, 365, 400, 545 or 731 days: CloudWatch Logs supports these, and 0 would keep logs forever."
  }
}
