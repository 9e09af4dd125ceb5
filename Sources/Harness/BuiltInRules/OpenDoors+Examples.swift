import CheckCore

extension OpenDoors {
    private static func terraform(_ text: String) -> [String: String] { ["main.tf": text + "\n"] }

    private static func rule(_ range: String, port: Int = 22) -> [String: String] {
        terraform(
            """
            resource "aws_vpc_security_group_ingress_rule" "ssh" {
              security_group_id = var.group_id
              \(range)
              ip_protocol       = "tcp"
              from_port         = \(port)
              to_port           = \(port)
            }
            """)
    }

    private static func azure(_ source: String, port: String = "22") -> [String: String] {
        terraform(
            """
            resource "azurerm_network_security_rule" "ssh" {
              direction                  = "Inbound"
              access                     = "Allow"
              protocol                   = "Tcp"
              source_address_prefix      = "\(source)"
              destination_port_range     = "\(port)"
            }
            """)
    }

    private static func google(_ ports: String) -> [String: String] {
        terraform(
            """
            resource "google_compute_firewall" "a" {
              source_ranges = ["0.0.0.0/0"]
              allow {
                protocol = "tcp"
                ports    = \(ports)
              }
            }
            """)
    }

    private static func bucket(_ statement: String) -> [String: String] {
        terraform(
            """
            resource "aws_s3_bucket_policy" "a" {
              bucket = "a"
              policy = jsonencode({
                Statement = [{
                  Effect    = "Allow"
                  Action    = "s3:GetObject"
                  Resource  = "arn:aws:s3:::a/*"
                  \(statement)
                }]
              })
            }
            """)
    }

    private static func document(_ condition: String) -> [String: String] {
        terraform(
            """
            data "aws_iam_policy_document" "a" {
              statement {
                actions   = ["sqs:SendMessage"]
                resources = ["arn:aws:sqs:eu-west-1:111122223333:a"]
                principals {
                  type        = "*"
                  identifiers = ["*"]
                }
            \(condition)
              }
            }

            resource "aws_sqs_queue_policy" "a" {
              queue_url = "a"
              policy    = data.aws_iam_policy_document.a.json
            }
            """)
    }

    private static func statement(_ text: String) -> [String: String] {
        terraform("data \"aws_iam_policy_document\" \"a\" {\n  statement {\n    \(text)\n  }\n}")
    }

    private static func template(_ type: String, _ properties: String) -> [String: String] {
        [
            "a.yaml":
                "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  Password: {Type: String, NoEcho: true}\nResources:\n  Thing:\n    Type: \(type)\n    Properties:\n\(properties)"
        ]
    }

    private static func ingress(_ range: String, port: Int = 22) -> [String: String] {
        template(
            "AWS::EC2::SecurityGroupIngress",
            "      GroupId: sg-1\n      IpProtocol: tcp\n      FromPort: \(port)\n      ToPort: \(port)\n      \(range)\n"
        )
    }

    var explanations: [String: String] {
        [
            "every-action":
                "One of several actions of a policy is `*`, so the statement allows every action.",
            "pass-role":
                "`iam:PassRole` on every role lets the caller use the rights of every role through a service. "
                + "Source: IAM User Guide, Grant a user permissions to pass a role to an AWS service.",
            "public":
                "A database has a public address.",
            "root-key":
                "An access key belongs to the root user of the account. It cannot be restricted. Source: IAM User "
                + "Guide, Root user best practices.",
            "unencrypted":
                "A connection to a database or service is allowed without TLS.",
            "everybody":
                "The policy lets every principal in without a condition. The resource is public.",
            "ingress":
                "An administrative or database port is open to the whole internet.",
            "password":
                "A password has its value in the code, and so in the state and in the history.",
        ]
    }

    var examples: [Example] {
        typealias Door = OpenDoors
        func database(_ password: String) -> [String: String] {
            Door.template("AWS::RDS::DBInstance", "      MasterUserPassword: \(password)\n")
        }
        func queue(_ condition: String) -> [String: String] {
            Door.template(
                "AWS::SQS::QueuePolicy",
                "      Queues: [a]\n      PolicyDocument:\n        Statement:\n          - {Effect: Allow, Action: 'sqs:SendMessage', Resource: '*', Principal: '*'\(condition)}\n"
            )
        }
        return [
            .sound("SSH from a known network", Door.rule("cidr_ipv4 = \"203.0.113.0/25\"")),
            .broken("SSH from every address", Door.rule("cidr_ipv4 = \"0.0.0.0/0\""), triggers: "ingress"),
            .broken("SSH from every address of IPv6", Door.rule("cidr_ipv6 = \"::/0\""), triggers: "ingress"),
            .sound("HTTPS from every address", Door.rule("cidr_ipv4 = \"0.0.0.0/0\"", port: 443)),
            .broken("RDP from every address", Door.rule("cidr_ipv4 = \"0.0.0.0/0\"", port: 3389), triggers: "ingress"),
            .sound("a range that a condition decides", Door.rule("cidr_ipv4 = var.open ? \"0.0.0.0/0\" : var.range")),
            .sound("a rule that is made in no case", Door.rule("count = 0\n  cidr_ipv4 = \"0.0.0.0/0\"")),
            .sound(
                "a statement in a comment",
                Door.bucket("# Principal = \"*\"\n      Principal = { AWS = \"arn:aws:iam::111122223333:root\" }")),
            .sound("a range that a variable gives", Door.rule("cidr_ipv4 = var.range")),
            .broken(
                "every port, in the group itself",
                Door.terraform(
                    "resource \"aws_security_group\" \"a\" {\n  ingress {\n    protocol    = \"-1\"\n    from_port   = 0\n    to_port     = 0\n    cidr_blocks = [\"0.0.0.0/0\"]\n  }\n}"
                ), triggers: "ingress"),
            .sound("SSH on Azure from a network", Door.azure("10.0.0.0/8")),
            .broken("SSH on Azure from the internet", Door.azure("Internet"), triggers: "ingress"),
            .broken("every port on Azure", Door.azure("*", port: "*"), triggers: "ingress"),
            .sound("HTTPS on Azure from the internet", Door.azure("Internet", port: "443")),
            .sound("a website on Google Cloud", Door.google("[\"443\"]")),
            .broken("SSH among the ports on Google Cloud", Door.google("[\"443\", \"20-25\"]"), triggers: "ingress"),
            .broken("a bucket for everybody", Door.bucket("Principal = \"*\""), triggers: "everybody"),
            .sound(
                "a bucket for everybody in the organisation",
                Door.bucket(
                    "Principal = \"*\"\n      Condition = { StringEquals = { \"aws:PrincipalOrgID\" = \"o-1\" } }")),
            .sound(
                "a bucket for one account",
                Door.bucket("Principal = { AWS = \"arn:aws:iam::111122223333:root\" }")),
            .broken("a queue for everybody, by a document", Door.document(""), triggers: "everybody"),
            .sound(
                "a queue for one topic, by a document",
                Door.document(
                    "    condition {\n      test     = \"ArnEquals\"\n      variable = \"aws:SourceArn\"\n      values   = [\"a\"]\n    }"
                )),
            .broken(
                "a literal password",
                Door.terraform("resource \"aws_db_instance\" \"a\" {\n  password = \"correct-horse\"\n}"),
                triggers: "password"),
            .sound(
                "a password from a variable",
                Door.terraform("resource \"aws_db_instance\" \"a\" {\n  password = var.password\n}")),
            .broken(
                "a function that anybody may call by its address",
                Door.terraform(
                    "resource \"aws_lambda_function_url\" \"a\" {\n  function_name = \"a\"\n ↓ authorization_type = \"NONE\"\n}"
                ),
                triggers: "everybody"),
            .sound(
                "a function that AWS's identities may call by its address",
                Door.terraform(
                    "resource \"aws_lambda_function_url\" \"a\" {\n  function_name = \"a\"\n  authorization_type = \"AWS_IAM\"\n}"
                )),
            .broken(
                "a function that every account may call",
                Door.terraform(
                    "resource \"aws_lambda_permission\" \"a\" {\n  action = \"lambda:InvokeFunction\"\n  function_name = \"a\"\n  principal = \"*\"\n}"
                ),
                triggers: "everybody"),
            .sound(
                "a function that one organisation may call",
                Door.terraform(
                    "resource \"aws_lambda_permission\" \"a\" {\n  action = \"lambda:InvokeFunction\"\n  function_name = \"a\"\n  principal = \"*\"\n  principal_org_id = \"o-1\"\n}"
                )),
            .broken(
                "a database on the internet",
                Door.terraform("resource \"aws_db_instance\" \"a\" {\n  publicly_accessible = true\n}"),
                triggers: "public"),
            .sound(
                "a database in its network",
                Door.terraform("resource \"aws_db_instance\" \"a\" {\n  publicly_accessible = false\n}")),
            .broken(
                "a replication without TLS",
                Door.terraform("resource \"aws_dms_endpoint\" \"a\" {\n  ssl_mode = \"none\"\n}"),
                triggers: "unencrypted"),
            .broken(
                "an access key of the account's root user",
                Door.terraform("resource \"aws_iam_access_key\" \"a\" {\n  user = \"root\"\n}"), triggers: "root-key"),
            .broken(
                "any role for a service, in a document",
                Door.statement("actions   = [\"iam:PassRole\"]\n    resources = [\"*\"]"), triggers: "pass-role"),
            .sound(
                "one role for a service, in a document",
                Door.statement("actions   = [\"iam:PassRole\"]\n    resources = [\"arn:aws:iam::111122223333:role/a\"]")
            ),
            .sound(
                "any role for one service",
                Door.statement(
                    "actions   = [\"iam:PassRole\"]\n    resources = [\"*\"]\n    condition {\n      test     = \"StringEquals\"\n      variable = \"iam:PassedToService\"\n      values   = [\"ec2.amazonaws.com\"]\n    }"
                )),
            .broken(
                "every action among others",
                Door.statement("actions   = [\"s3:GetObject\", \"*\"]\n    resources = [\"*\"]"),
                triggers: "every-action"),
            .broken(
                "any role for a service, in a policy",
                Door.terraform(
                    "resource \"aws_iam_policy\" \"a\" {\n  policy = jsonencode({\n    Statement = [{\n      Effect = \"Allow\"\n      Action = [\"iam:PassRole\"]\n      Resource = \"*\"\n    }]\n  })\n}"
                ), triggers: "pass-role"),
            .broken(
                "a function in a template that anybody may call",
                Door.template("AWS::Lambda::Url", "      TargetFunctionArn: a\n      AuthType: NONE\n"),
                triggers: "everybody"),
            .broken(
                "any role for a service, in a template",
                Door.template(
                    "AWS::IAM::ManagedPolicy",
                    "      PolicyDocument:\n        Statement: [{Effect: Allow, Action: ['iam:PassRole'], Resource: '*'}]\n"
                ),
                triggers: "pass-role"),
            .broken("SSH in a template", Door.ingress("CidrIp: 0.0.0.0/0"), triggers: "ingress"),
            .sound("SSH in a template from a network", Door.ingress("CidrIp: 10.20.0.0/24")),
            .sound("HTTPS in a template", Door.ingress("CidrIp: 0.0.0.0/0", port: 443)),
            .broken("a queue for everybody in a template", queue(""), triggers: "everybody"),
            .sound(
                "a queue for one account in a template",
                queue(", Condition: {StringEquals: {'aws:SourceAccount': '111122223333'}}")),
            .broken(
                "a role that every account may assume, in a template",
                Door.template(
                    "AWS::IAM::Role",
                    "      AssumeRolePolicyDocument:\n        Statement: [{Effect: Allow, Action: 'sts:AssumeRole', Principal: {AWS: '*'}}]\n"
                ), triggers: "everybody"),
            .sound(
                "a role that one organisation may assume, in a template",
                Door.template(
                    "AWS::IAM::Role",
                    "      AssumeRolePolicyDocument:\n        Statement: [{Effect: Allow, Action: 'sts:AssumeRole', Principal: {AWS: '*'}, Condition: {StringEquals: {'aws:PrincipalOrgID': o-1}}}]\n"
                )),
            .broken(
                "a key that every account may use, in a template",
                Door.template(
                    "AWS::KMS::Key",
                    "      KeyPolicy:\n        Statement: [{Effect: Allow, Action: 'kms:*', Resource: '*', Principal: '*'}]\n"
                ), triggers: "everybody"),
            .broken(
                "a role that every account may assume",
                Door.terraform(
                    "resource \"aws_iam_role\" \"a\" {\n  assume_role_policy = jsonencode({\n    Statement = [{\n      Effect    = \"Allow\"\n      Action    = \"sts:AssumeRole\"\n      Principal = { AWS = \"*\" }\n    }]\n  })\n}"
                ), triggers: "everybody"),
            .broken(
                "a role that every account may assume, in a here-document",
                Door.terraform(
                    "resource \"aws_iam_role\" \"a\" {\n  assume_role_policy = <<EOF\n{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"sts:AssumeRole\", \"Principal\": \"*\"}]}\nEOF\n}"
                ), triggers: "everybody"),
            .sound(
                "a role for a service",
                Door.terraform(
                    "resource \"aws_iam_role\" \"a\" {\n  assume_role_policy = jsonencode({\n    Statement = [{\n      Effect    = \"Allow\"\n      Action    = \"sts:AssumeRole\"\n      Principal = { Service = \"ec2.amazonaws.com\" }\n    }]\n  })\n}"
                )),
            .broken(
                "a Google bucket for everybody",
                Door.terraform(
                    "resource \"google_storage_bucket_iam_member\" \"a\" {\n  bucket = \"a\"\n  role   = \"roles/storage.admin\"\n ↓ member = \"allUsers\"\n}"
                ), triggers: "everybody"),
            .broken(
                "a dataset for everybody",
                Door.terraform(
                    "resource \"google_bigquery_dataset\" \"a\" {\n  access {\n    role          = \"READER\"\n   ↓ special_group = \"allAuthenticatedUsers\"\n  }\n}"
                ), triggers: "everybody"),
            .sound(
                "a web service that everybody may call",
                Door.terraform(
                    "resource \"google_cloud_run_service_iam_member\" \"a\" {\n  role   = \"roles/run.invoker\"\n  member = \"allUsers\"\n}"
                )),
            .broken(
                "a password that is a variable's default",
                Door.terraform(
                    "variable \"password\" {\n ↓ default = \"correct-horse\"\n}\n\nresource \"aws_db_instance\" \"a\" {\n  password = var.password\n}"
                ), triggers: "password"),
            .sound(
                "a variable with an empty default",
                Door.terraform(
                    "variable \"password\" {\n  default = \"\"\n}\n\nresource \"aws_db_instance\" \"a\" {\n  password = var.password\n}"
                )),
            .broken(
                "a password that is a parameter's default",
                [
                    "a.yaml":
                        "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  Secret:\n    Type: String\n    NoEcho: true\n   ↓ Default: correct-horse\nResources:\n  Thing:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      MasterUserPassword: !Ref Secret\n"
                ], triggers: "password"),
            .broken(
                "a user's literal password in a template",
                Door.template("AWS::IAM::User", "      LoginProfile:\n       ↓ Password: correct-horse\n"),
                triggers: "password"),
            .sound(
                "a password that Systems Manager keeps",
                [
                    "a.yaml":
                        "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  Secret: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /shop/password}\nResources:\n  Thing:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      MasterUserPassword: !Ref Secret\n"
                ]),
            .broken("a literal password in a template", database("correct-horse"), triggers: "password"),
            .sound("a password from another stack", database("!ImportValue shared-password")),
            .sound("a password from a parameter", database("!Ref Password")),
            .sound("a password from a secret", database("'{{resolve:secretsmanager:a:SecretString:password}}'")),
        ]
    }
}
