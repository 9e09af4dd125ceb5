mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_kms_key" {
    defaults = {
      arn    = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001"
      key_id = "00000000-0000-0000-0000-000000000001"
    }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:111122223333:log-group:any" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/any" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:111122223333:claims-interruptions" }
  }
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-west-1:111122223333:rule/claims-interruption" }
  }
  mock_resource "aws_launch_template" {
    defaults = {
      id             = "lt-0123456789abcdef0"
      latest_version = 1
    }
  }
}

variables {
  name   = "claims"
  vpc_id = "vpc-0123456789abcdef0"
  subnet_ids = {
    eu-west-1a = "subnet-0000000000000000a"
    eu-west-1b = "subnet-0000000000000000b"
  }
  access = {
    platform = { principal_arn = "arn:aws:iam::111122223333:role/platform", policy = "cluster-admin" }
    deploy   = { principal_arn = "arn:aws:iam::111122223333:role/deploy", policy = "edit", namespaces = ["claims"] }
    auditor  = { principal_arn = "arn:aws:iam::111122223333:role/auditor", policy = "view" }
  }
}

run "the_api_server_answers_inside_the_vpc_only_and_tells_everything" {
  command = plan

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].endpoint_private_access && !aws_eks_cluster.this.vpc_config[0].endpoint_public_access
    error_message = "The API server must have a private endpoint and no public one."
  }
  assert {
    condition     = aws_eks_cluster.this.enabled_cluster_log_types == toset(["api", "audit", "authenticator", "controllerManager", "scheduler"])
    error_message = "The control plane must log everything it can."
  }
  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.api) == 0
    error_message = "Unless somebody is named, nodes alone may call the API server."
  }
}

run "named_security_groups_may_call_the_api_server_by_https" {
  command = plan
  variables {
    api_client_security_group_ids = { runners = "sg-0123456789abcdef0" }
  }

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.api["runners"].referenced_security_group_id == "sg-0123456789abcdef0" &&
      aws_vpc_security_group_ingress_rule.api["runners"].from_port == 443 &&
      aws_vpc_security_group_ingress_rule.api["runners"].to_port == 443
    )
    error_message = "A named group must reach port 443 and no other."
  }
}

run "secrets_logs_and_volumes_have_rotating_keys_of_their_own" {
  command = plan

  assert {
    condition     = aws_eks_cluster.this.encryption_config[0].resources == toset(["secrets"]) && aws_eks_cluster.this.encryption_config[0].provider[0].key_arn == aws_kms_key.secrets.arn
    error_message = "Secrets must be encrypted with the module's key."
  }
  assert {
    condition     = alltrue([for key in [aws_kms_key.secrets, aws_kms_key.logs, aws_kms_key.volumes] : key.enable_key_rotation])
    error_message = "Every key must rotate."
  }
  assert {
    condition     = aws_cloudwatch_log_group.control_plane.name == "/aws/eks/claims/cluster" && aws_cloudwatch_log_group.control_plane.retention_in_days == 365
    error_message = "The log group must be the one EKS writes to, and expire."
  }
  assert {
    condition     = jsondecode(aws_kms_key.logs.policy).Statement[1].Condition.ArnEquals["kms:EncryptionContext:aws:logs:arn"] == "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/eks/claims/cluster"
    error_message = "The logs' key must serve this log group only."
  }
  assert {
    condition = alltrue([
      for statement in slice(jsondecode(aws_kms_key.volumes.policy).Statement, 1, 3) :
      endswith(statement.Condition.StringEquals["aws:PrincipalArn"], "/AWSServiceRoleForAutoScaling")
    ])
    error_message = "Besides the account only Auto Scaling may use the volumes' key."
  }
}

run "every_node_keeps_its_credentials_and_encrypts_its_volumes" {
  command = plan

  assert {
    condition = alltrue([
      for template in aws_launch_template.node :
      template.metadata_options[0].http_tokens == "required" && template.metadata_options[0].http_put_response_hop_limit == 1
    ])
    error_message = "Nodes must demand IMDSv2, one hop away."
  }
  assert {
    condition = alltrue(flatten([
      for template in aws_launch_template.node :
      [for mapping in template.block_device_mappings : mapping.ebs[0].encrypted == "true" && mapping.ebs[0].kms_key_id == aws_kms_key.volumes.arn]
    ]))
    error_message = "Every volume must be encrypted with the module's key."
  }
  assert {
    condition     = alltrue([for group in aws_eks_node_group.this : length(group.remote_access) == 0])
    error_message = "No node may have a key pair for SSH."
  }
}

run "node_types_carry_the_labels_and_taints_that_manifests_name" {
  command = plan

  assert {
    condition     = alltrue([for type, group in aws_eks_node_group.this : group.labels == tomap({ "platform.example.com/node-type" = type })])
    error_message = "The label must say the type."
  }
  assert {
    condition = (
      one(aws_eks_node_group.this["system"].taint).key == "CriticalAddonsOnly" &&
      length(aws_eks_node_group.this["general"].taint) == 0
    )
    error_message = "System nodes must be tainted with what the cluster's own pods tolerate; general nodes take applications."
  }
  assert {
    condition     = alltrue([for group in aws_eks_node_group.this : group.capacity_type == "ON_DEMAND" && group.scaling_config[0].min_size == group.scaling_config[0].max_size && group.scaling_config[0].min_size == group.scaling_config[0].desired_size])
    error_message = "These nodes must stay, and their number is fixed: Karpenter adds the others."
  }
}

run "karpenter_starts_nodes_of_this_cluster_and_no_others" {
  command = plan

  assert {
    condition = {
      for statement in jsondecode(aws_iam_role_policy.karpenter.policy).Statement : statement.Sid => keys(statement.Condition) if can(statement.Condition)
      } == {
      AttachVolumes              = ["Bool"]
      EncryptVolumesThroughEC2   = ["StringEquals"]
      EndItsNodes                = ["StringEquals", "StringLike"]
      GiveNodesTheirRole         = ["StringEquals"]
      MarkWhatItCreates          = ["StringEquals", "StringLike"]
      NameItsNodes               = ["ForAllValues:StringEquals", "StringEquals", "StringEqualsIfExists", "StringLike"]
      SeeWhatThereIs             = ["StringEquals"]
      StartMarkedNodes           = ["StringEquals", "StringLike"]
      StartNodesFromItsTemplates = ["StringEquals", "StringLike"]
    }
    error_message = "Without its conditions Karpenter could end or mark machines that are not its own."
  }
  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.karpenter.policy).Statement : statement.Condition.StringEquals["aws:ResourceTag/kubernetes.io/cluster/claims"] if statement.Sid == "EndItsNodes"
    ] == ["owned"]
    error_message = "Karpenter must end nodes of this cluster only."
  }
  assert {
    condition = flatten([
      for statement in jsondecode(aws_iam_role_policy.karpenter.policy).Statement : [for arn in flatten([statement.Resource]) : arn if strcontains(arn, ":subnet/")]
    ]) == ["arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-0000000000000000a", "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-0000000000000000b"]
    error_message = "Nodes must start in the cluster's private subnets only."
  }
  assert {
    condition     = aws_iam_instance_profile.node.role == aws_iam_role.node.name && aws_iam_instance_profile.node.name == "claims-node"
    error_message = "Node classes name this profile."
  }
  assert {
    condition     = aws_eks_pod_identity_association.pod["karpenter"].namespace == "kube-system" && aws_eks_pod_identity_association.pod["karpenter"].service_account == "karpenter"
    error_message = "Karpenter's own account must get the role."
  }
}

run "karpenter_hears_of_nodes_that_aws_takes_back" {
  command = plan

  assert {
    condition     = toset([for rule in aws_cloudwatch_event_rule.interruption : jsondecode(rule.event_pattern)["detail-type"][0]]) == toset(["AWS Health Event", "EC2 Instance Rebalance Recommendation", "EC2 Instance State-change Notification", "EC2 Spot Instance Interruption Warning"])
    error_message = "Without the warning a spot node ends with its pods still on it."
  }
  assert {
    condition     = { for statement in jsondecode(aws_sqs_queue_policy.interruptions.policy).Statement : "${statement.Effect} ${statement.Sid}" => keys(statement.Condition) } == { "Allow OnlyTheseRules" = ["ArnEquals"], "Deny TLSOnly" = ["Bool"] }
    error_message = "Only these rules may write to the queue."
  }
}

run "a_service_account_gets_the_named_rights" {
  command = plan
  variables {
    pod_policies = {
      models = { namespace = "models", service_account = "predictor", policy = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
    }
  }

  assert {
    condition     = aws_eks_pod_identity_association.pod["models"].service_account == "predictor" && aws_iam_role_policy.pod["models"].policy == "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
    error_message = "The account must get exactly the policy that it was given."
  }
  assert {
    condition     = jsondecode(aws_iam_role.pod["models"].assume_role_policy).Statement[0].Condition.StringEquals["aws:RequestTag/kubernetes-namespace"] == "models"
    error_message = "Another namespace could take the role."
  }
}

run "a_taken_name_is_refused" {
  command = plan
  variables {
    pod_policies = { karpenter = { namespace = "a", service_account = "b", policy = "{\"Statement\":[]}" } }
  }
  expect_failures = [var.pod_policies]
}

run "a_policy_that_is_none_is_refused" {
  command = plan
  variables {
    pod_policies = { models = { namespace = "a", service_account = "b", policy = "s3:*" } }
  }
  expect_failures = [var.pod_policies]
}

run "nobody_has_access_that_is_not_listed" {
  command = plan

  assert {
    condition     = aws_eks_cluster.this.access_config[0].authentication_mode == "API" && !aws_eks_cluster.this.access_config[0].bootstrap_cluster_creator_admin_permissions
    error_message = "Access must come from entries alone, and the creator must have none by itself."
  }
  assert {
    condition     = aws_eks_access_policy_association.this["deploy"].access_scope[0].type == "namespace" && aws_eks_access_policy_association.this["deploy"].access_scope[0].namespaces == toset(["claims"])
    error_message = "Who edits must do so in the named namespaces only."
  }
  assert {
    condition     = aws_eks_access_policy_association.this["platform"].policy_arn == "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy" && aws_eks_access_policy_association.this["auditor"].policy_arn == "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    error_message = "The policies must be the named ones."
  }
}

run "add_ons_are_pinned_and_network_policies_are_obeyed" {
  command = plan

  assert {
    condition     = toset(concat(keys(aws_eks_addon.before_nodes), keys(aws_eks_addon.after_nodes))) == toset(keys(var.add_on_versions))
    error_message = "Every add-on with a version must be installed."
  }
  assert {
    condition     = jsondecode(aws_eks_addon.before_nodes["vpc-cni"].configuration_values).enableNetworkPolicy == "true"
    error_message = "The network plugin must enforce network policies."
  }
  assert {
    condition     = one(aws_eks_addon.before_nodes["vpc-cni"].pod_identity_association).service_account == "aws-node" && one(aws_eks_addon.after_nodes["aws-ebs-csi-driver"].pod_identity_association).service_account == "ebs-csi-controller-sa"
    error_message = "What calls AWS must do so as a role of its own."
  }
  assert {
    condition     = alltrue([for addon in merge(aws_eks_addon.before_nodes, aws_eks_addon.after_nodes) : addon.service_account_role_arn == null])
    error_message = "No add-on may use IAM roles for service accounts, which would need a provider that trusts every token."
  }
}

run "a_pods_role_is_for_one_service_account_of_this_cluster" {
  command = plan

  assert {
    condition = alltrue([
      for role in aws_iam_role.pod :
      jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["aws:RequestTag/kubernetes-namespace"] == "kube-system" &&
      jsondecode(role.assume_role_policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == "arn:aws:eks:eu-west-1:111122223333:cluster/claims"
    ])
    error_message = "Another namespace or cluster could take the role."
  }
  assert {
    condition     = toset(keys(aws_iam_role_policy_attachment.node)) == toset(["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"])
    error_message = "Nodes may join and pull, and no more."
  }
}

run "a_name_with_capitals_is_refused" {
  command = plan
  variables {
    name = "Claims"
  }
  expect_failures = [var.name]
}

run "a_version_with_a_patch_is_refused" {
  command = plan
  variables {
    kubernetes_version = "1.35.2"
  }
  expect_failures = [var.kubernetes_version]
}

run "a_version_too_old_for_the_manifests_is_refused" {
  command = plan
  variables {
    kubernetes_version = "1.29"
  }
  expect_failures = [var.kubernetes_version]
}

run "kube_proxy_of_another_version_is_refused" {
  command = plan
  variables {
    kubernetes_version = "1.34"
  }
  expect_failures = [aws_eks_cluster.this]
}

run "one_zone_is_refused" {
  command = plan
  variables {
    subnet_ids = { eu-west-1a = "subnet-0000000000000000a" }
  }
  expect_failures = [var.subnet_ids]
}

run "a_service_range_that_is_none_is_refused" {
  command = plan
  variables {
    service_cidr_block = "172.20.0.0"
  }
  expect_failures = [var.service_cidr_block]
}

run "a_cluster_that_nobody_administers_is_refused" {
  command = plan
  variables {
    access = { auditor = { principal_arn = "arn:aws:iam::111122223333:role/auditor", policy = "view" } }
  }
  expect_failures = [var.access]
}

run "an_unknown_policy_is_refused" {
  command = plan
  variables {
    access = {
      platform = { principal_arn = "arn:aws:iam::111122223333:role/platform", policy = "cluster-admin" }
      other    = { principal_arn = "arn:aws:iam::111122223333:role/other", policy = "root" }
    }
  }
  expect_failures = [var.access]
}

run "editing_everywhere_is_refused" {
  command = plan
  variables {
    access = {
      platform = { principal_arn = "arn:aws:iam::111122223333:role/platform", policy = "cluster-admin" }
      deploy   = { principal_arn = "arn:aws:iam::111122223333:role/deploy", policy = "edit" }
    }
  }
  expect_failures = [var.access]
}

run "an_administrator_of_a_namespace_is_refused" {
  command = plan
  variables {
    access = { platform = { principal_arn = "arn:aws:iam::111122223333:role/platform", policy = "cluster-admin", namespaces = ["claims"] } }
  }
  expect_failures = [var.access]
}

run "access_for_a_user_is_refused" {
  command = plan
  variables {
    access = { vera = { principal_arn = "arn:aws:iam::111122223333:user/vera", policy = "cluster-admin" } }
  }
  expect_failures = [var.access]
}

run "one_role_twice_is_refused" {
  command = plan
  variables {
    access = {
      platform = { principal_arn = "arn:aws:iam::111122223333:role/platform", policy = "cluster-admin" }
      viewer   = { principal_arn = "arn:aws:iam::111122223333:role/platform", policy = "view" }
    }
  }
  expect_failures = [var.access]
}

run "an_unknown_type_of_node_is_refused" {
  command = plan
  variables {
    node_groups = {
      system  = { instance_types = ["m7i.large"], size = 2 }
      general = { instance_types = ["m7i.large"], size = 2 }
      fast    = { instance_types = ["m7i.large"], size = 2 }
    }
  }
  expect_failures = [var.node_groups]
}

run "a_cluster_without_system_nodes_is_refused" {
  command = plan
  variables {
    node_groups = {
      general = { instance_types = ["m7i.large"], size = 2 }
    }
  }
  expect_failures = [var.node_groups]
}

run "one_general_node_is_refused" {
  command = plan
  variables {
    node_groups = {
      system  = { instance_types = ["m7i.large"], size = 2 }
      general = { instance_types = ["m7i.large"], size = 1 }
    }
  }
  expect_failures = [var.node_groups]
}

run "no_instance_type_is_refused" {
  command = plan
  variables {
    node_groups = {
      system  = { instance_types = ["m7i.large"], size = 2 }
      general = { instance_types = [], size = 2 }
    }
  }
  expect_failures = [var.node_groups]
}

run "a_volume_too_small_for_images_is_refused" {
  command = plan
  variables {
    node_groups = {
      general = { instance_types = ["m7i.large"], size = 2 }
      system  = { instance_types = ["m7i.large"], size = 2, volume_gib = 10 }
    }
  }
  expect_failures = [var.node_groups]
}

run "a_missing_add_on_is_refused" {
  command = plan
  variables {
    add_on_versions = { "kube-proxy" = "v1.35.3-eksbuild.21" }
  }
  expect_failures = [var.add_on_versions]
}

run "an_add_on_of_no_certain_version_is_refused" {
  command = plan
  variables {
    add_on_versions = {
      "vpc-cni"                = "latest"
      "kube-proxy"             = "v1.35.3-eksbuild.21"
      "eks-pod-identity-agent" = "v1.3.10-eksbuild.3"
      "coredns"                = "v1.13.2-eksbuild.21"
      "aws-ebs-csi-driver"     = "v1.63.1-eksbuild.1"
      "metrics-server"         = "v0.9.0-eksbuild.5"
    }
  }
  expect_failures = [var.add_on_versions]
}

run "logs_kept_for_ever_are_refused" {
  command = plan
  variables {
    log_retention_days = 0
  }
  expect_failures = [var.log_retention_days]
}

run "statements_keep_their_conditions" {
  command = plan

  assert {
    condition = sort(flatten([
      for policy in [aws_kms_key.secrets.policy, aws_kms_key.logs.policy, aws_kms_key.volumes.policy] : [
        for statement in jsondecode(policy).Statement : "${statement.Sid}: ${join(", ", keys(statement.Condition))}" if can(statement.Condition)
      ]
      ])) == tolist([
      "AutoScalingAttachesVolumes: Bool, StringEquals",
      "AutoScalingStartsNodes: StringEquals",
      "OnlyThisLogGroup: ArnEquals",
    ])
    error_message = "A statement without its condition, or with its opposite, allows what nobody asked for."
  }
  assert {
    condition     = keys(one(jsondecode(aws_iam_role.cluster.assume_role_policy).Statement).Condition) == ["ArnEquals", "StringEquals"]
    error_message = "A role is taken on for this account's own resources only."
  }
}
