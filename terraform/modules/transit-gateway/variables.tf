variable "name" {
  description = "Name of the gateway and prefix of its attachments and route tables."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.name))
    error_message = "The name must be 2 to 31 lower-case letters, digits and hyphens, and begin with a letter."
  }
}

variable "networks" {
  description = "VPCs to attach, by name; subnet_ids holds one subnet for each zone that uses the gateway."
  type = map(object({
    vpc_id         = string
    cidr_block     = string
    subnet_ids     = list(string)
    route_table_id = string
  }))

  validation {
    condition     = length(var.networks) >= 2 && alltrue([for network in values(var.networks) : length(network.subnet_ids) > 0])
    error_message = "Attach at least two networks, each with a subnet in every zone that uses the gateway."
  }

  # Two ranges overlap if they are equal at the shorter prefix.
  validation {
    condition = alltrue(flatten([
      for name, network in var.networks : [
        for other, peer in var.networks : name == other || try(
          cidrhost("${split("/", network.cidr_block)[0]}/${min(split("/", network.cidr_block)[1], split("/", peer.cidr_block)[1])}", 0) !=
          cidrhost("${split("/", peer.cidr_block)[0]}/${min(split("/", network.cidr_block)[1], split("/", peer.cidr_block)[1])}", 0),
        false)
      ]
    ]))
    error_message = "The networks' address ranges must be IPv4 in CIDR notation and must not overlap: a transit gateway cannot route between overlapping ranges."
  }
}

variable "connections" {
  description = "Pairs of networks that may connect to each other, in both directions; every other pair is isolated."
  type        = set(list(string))

  validation {
    condition     = alltrue([for pair in var.connections : length(pair) == 2 && length(distinct(pair)) == 2 && length(setsubtract(pair, keys(var.networks))) == 0])
    error_message = "Each connection must be a pair of two different network names, for example [\"user\", \"fsx\"]."
  }
}
