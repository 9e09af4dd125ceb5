/// The first exercise's facts.
extension Break {
    static let workbench: [Break] = [
        .module(
            "aurora-cluster", "a parameter group that collides with its successor", file: "parameters.tf",
            "name_prefix = \"${var.name}-instance-\"", "name        = \"${var.name}-instance\"",
            notices: "a_new_family_does_not_collide_with_the_old_groups"),
        .module(
            "kubernetes-cluster", "Karpenter may end machines of others", file: "karpenter.tf",
            "StringEquals = { \"aws:ResourceTag/kubernetes.io/cluster/${var.name}\" = \"owned\" }",
            "StringEquals = { \"aws:RequestedRegion\" = local.region }",
            notices: "karpenter_starts_nodes_of_this_cluster_and_no_others"),
        .stack(
            "workbench", "an account id without its quotes", file: "variables.tf", "\"001234567890\"", "001234567890",
            notices: "terraform-test"),
        .stack(
            "workbench", "15,999 connections", file: "main.tf", "= 16000", "= 15999",
            notices: "an_instance_takes_16000_connections_at_once"),
        .stack(
            "workbench", "both database instances in one zone", file: "main.tf",
            "slice(sort(data.aws_availability_zones.available.names), 0, 2)",
            "[data.aws_availability_zones.available.names[0], data.aws_availability_zones.available.names[0]]",
            notices: "terraform-test"),
        .stack(
            "workbench", "a database class too small for its connections", file: "main.tf", "db.r6g.8xlarge",
            "db.r6g.large", notices: "terraform-test"),
        .stack(
            "workbench", "another instance type", file: "main.tf", "\"t2.micro\"", "\"t2.small\"",
            notices: "the_instance_is_a_t2_micro_named_workbench1"),
        .stack(
            "workbench", "another name", file: "main.tf", "\"workbench1\"", "\"workbench2\"",
            notices: "the_instance_is_a_t2_micro_named_workbench1"),
        .stack(
            "workbench", "a user too few", file: "main.tf", ", \"dave\"", "",
            notices: "the_group_has_vera_chuck_and_dave"),
    ]
}
