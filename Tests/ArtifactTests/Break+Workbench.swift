/// The first exercise's facts.
extension Break {
    static let workbench: [Break] = [
        .module(
            id: "aurora-cluster/parameter-group-collision", file: "parameters.tf",
            "name_prefix = \"${var.name}-instance-\"", "name        = \"${var.name}-instance\"",
            notices: "a_new_family_does_not_collide_with_the_old_groups"),
        .module(
            id: "kubernetes-cluster/karpenter-ends-foreign-machines", file: "karpenter.tf",
            "StringEquals = { \"aws:ResourceTag/kubernetes.io/cluster/${var.name}\" = \"owned\" }",
            "StringEquals = { \"aws:RequestedRegion\" = local.region }",
            notices: "karpenter_starts_nodes_of_this_cluster_and_no_others"),
        .stack(
            id: "workbench/unquoted-account-id", file: "variables.tf", "\"001234567890\"", "001234567890",
            notices: "terraform-test"),
        .stack(
            id: "workbench/wrong-max-connections", file: "main.tf", "= 16000", "= 15999",
            notices: "an_instance_takes_16000_connections_at_once"),
        .stack(
            id: "workbench/one-zone", file: "main.tf",
            "slice(sort(data.aws_availability_zones.available.names), 0, 2)",
            "[data.aws_availability_zones.available.names[0], data.aws_availability_zones.available.names[0]]",
            notices: "terraform-test"),
        .stack(
            id: "workbench/instance-class-too-small", file: "main.tf", "db.r6g.8xlarge",
            "db.r6g.large", notices: "terraform-test"),
        .stack(
            id: "workbench/wrong-instance-type", file: "main.tf", "\"t2.micro\"", "\"t2.small\"",
            notices: "the_instance_is_a_t2_micro_named_workbench1"),
        .stack(
            id: "workbench/wrong-name", file: "main.tf", "\"workbench1\"", "\"workbench2\"",
            notices: "the_instance_is_a_t2_micro_named_workbench1"),
        .stack(
            id: "workbench/missing-user", file: "main.tf", ", \"dave\"", "",
            notices: "the_group_has_vera_chuck_and_dave"),
    ]
}
