"""Physical identities of the network: VPC, subnets, gateways, security groups, endpoints, DNS, edge."""

from __future__ import annotations

from typing import Any, Final

from preview.engine.physical import AbsentError, Identity, Template
from preview.graph import plain


def _ec2(prefix: str, kind: str, **more: Template) -> dict[str, Template]:
    """Give id and ARN of an EC2 resource: `<prefix>-<17 hex digits>`."""
    return {
        "id": f"{prefix}-{{@hex17}}",
        "arn": f"arn:{{@partition}}:ec2:{{@region}}:{{@account}}:{kind}/{{id}}",
        **more,
    }


def _endpoint_names(identity: Identity) -> list[dict[str, str]]:
    """Give the DNS names of an interface endpoint; a gateway endpoint has none."""
    if plain(identity.needed("vpcEndpointType")) != "Interface":
        raise AbsentError("dnsEntries")
    service = str(plain(identity.needed("serviceName"))).rsplit(".", 1)[-1]
    name = f"{{id}}-{{@lower8}}.{service}.{{@region}}.vpce.{{@dns}}"
    return [{"dnsName": identity.fill(name), "hostedZoneId": identity.fill("Z{@upper13}")}]


def _prefix_list(identity: Identity) -> str:
    """Give the prefix list that a gateway endpoint routes to."""
    if plain(identity.properties.get("vpcEndpointType", "Gateway")) != "Gateway":
        raise AbsentError("prefixListId")
    return f"pl-{identity.derived('hex8')}"


def _waf_arn(kind: str) -> Template:
    def arn(identity: Identity) -> Any:  # noqa: ANN401
        scope = "global" if plain(identity.needed("scope")) == "CLOUDFRONT" else "regional"
        return identity.fill(
            f"arn:{{@partition}}:wafv2:{{@region}}:{{@account}}:{scope}/{kind}/{{name}}/{{id}}"
        )

    return arn


def _validation_options(identity: Identity) -> list[dict[str, Any]]:
    """Give a DNS validation record for each name of a certificate; a wildcard shares its domain's."""
    domain = str(plain(identity.needed("domainName")))
    others = plain(identity.properties.get("subjectAlternativeNames")) or []
    options = []
    for name in dict.fromkeys([domain, *map(str, map(plain, others))]):
        base = name.removeprefix("*.")
        options.append(
            {
                "domainName": name,
                "resourceRecordName": f"_{identity.derived(f'hex32-{base}')}.{base}.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": f"_{identity.derived(f'hex32-value-{base}')}.acm-validations.aws.",
            }
        )
    return options


def _name_servers(identity: Identity) -> list[str]:
    return [
        f"ns-{identity.derived(f'octet-{suffix}')}.awsdns-{index:02}.{suffix}"
        for index, suffix in enumerate(("com", "net", "org", "co.uk"))
    ]


def _waf(kind: str) -> dict[str, Template]:
    return {"id": "{@uuid}", "arn": _waf_arn(kind)}


_OWNER: Final = "{@account}"
_RULE: Final[dict[str, Template]] = {**_ec2("sgr", "security-group-rule"), "securityGroupRuleId": "{id}"}
_TABLE: Final = "rtb-{@hex17-main}"

NETWORK: Final[dict[str, dict[str, Template]]] = {
    "aws:ec2/vpc:Vpc": _ec2(
        "vpc",
        "vpc",
        ownerId=_OWNER,
        mainRouteTableId=_TABLE,
        defaultRouteTableId=_TABLE,
        defaultSecurityGroupId="sg-{@hex17-default}",
        defaultNetworkAclId="acl-{@hex17-default}",
        dhcpOptionsId="dopt-{@hex17-default}",
    ),
    "aws:ec2/subnet:Subnet": _ec2("subnet", "subnet", ownerId=_OWNER),
    "aws:ec2/routeTable:RouteTable": _ec2("rtb", "route-table", ownerId=_OWNER),
    "aws:ec2/defaultRouteTable:DefaultRouteTable": {
        "id": "{defaultRouteTableId}",
        "arn": "arn:{@partition}:ec2:{@region}:{@account}:route-table/{id}",
        "ownerId": _OWNER,
    },
    "aws:ec2/routeTableAssociation:RouteTableAssociation": {"id": "rtbassoc-{@hex17}"},
    "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation": {"id": "rtbassoc-{@hex17}"},
    "aws:ec2/route:Route": {"id": "r-{routeTableId}{@num10}", "state": "active", "origin": "CreateRoute"},
    "aws:ec2/internetGateway:InternetGateway": _ec2("igw", "internet-gateway", ownerId=_OWNER),
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": {"id": "eigw-{@hex17}"},
    "aws:ec2/eip:Eip": {
        "id": "eipalloc-{@hex17}",
        "allocationId": "{id}",
        "arn": "arn:{@partition}:ec2:{@region}:{@account}:elastic-ip/{id}",
        "publicIp": "203.0.113.{@octet}",
        "domain": "vpc",
    },
    "aws:ec2/natGateway:NatGateway": {
        "id": "nat-{@hex17}",
        "publicIp": "203.0.113.{@octet}",
        "networkInterfaceId": "eni-{@hex17}",
        "associationId": "eipassoc-{@hex17}",
    },
    "aws:ec2/securityGroup:SecurityGroup": _ec2("sg", "security-group", ownerId=_OWNER),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _ec2(
        "sg", "security-group", ownerId=_OWNER, name="default"
    ),
    "aws:ec2/securityGroupRule:SecurityGroupRule": {
        "id": "sgrule-{@num10}",
        "securityGroupRuleId": "sgr-{@hex17}",
    },
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _RULE,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _RULE,
    "aws:ec2/networkAcl:NetworkAcl": _ec2("acl", "network-acl", ownerId=_OWNER),
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": {
        "id": "{defaultNetworkAclId}",
        "arn": "arn:{@partition}:ec2:{@region}:{@account}:network-acl/{id}",
        "ownerId": _OWNER,
    },
    "aws:ec2/networkAclRule:NetworkAclRule": {"id": "nacl-{@num10}"},
    "aws:ec2/networkAclAssociation:NetworkAclAssociation": {"id": "aclassoc-{@hex17}"},
    "aws:ec2/vpcEndpoint:VpcEndpoint": _ec2(
        "vpce",
        "vpc-endpoint",
        ownerId=_OWNER,
        state="available",
        dnsEntries=_endpoint_names,
        prefixListId=_prefix_list,
    ),
    "aws:ec2/vpcDhcpOptions:VpcDhcpOptions": _ec2("dopt", "dhcp-options", ownerId=_OWNER),
    "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation": {"id": "{dhcpOptionsId}-{vpcId}"},
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": {"id": "pcx-{@hex17}", "acceptStatus": "active"},
    "aws:ec2/managedPrefixList:ManagedPrefixList": _ec2("pl", "prefix-list", ownerId=_OWNER),
    "aws:ec2/flowLog:FlowLog": _ec2("fl", "vpc-flow-log"),
    "aws:ec2/networkInterface:NetworkInterface": _ec2("eni", "network-interface", ownerId=_OWNER),
    "aws:route53/zone:Zone": {
        "id": "Z{@upper19}",
        "zoneId": "{id}",
        "arn": "arn:{@partition}:route53:::hostedzone/{id}",
        "nameServers": _name_servers,
        "primaryNameServer": "ns-{@octet-com}.awsdns-00.com",
    },
    "aws:route53/record:Record": {"id": "{zoneId}_{name}_{type}", "fqdn": "{name}"},
    "aws:route53/healthCheck:HealthCheck": {
        "id": "{@uuid}",
        "arn": "arn:{@partition}:route53:::healthcheck/{id}",
    },
    "aws:route53/queryLog:QueryLog": {
        "id": "{@uuid}",
        "arn": "arn:{@partition}:route53:::queryloggingconfig/{id}",
    },
    "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig": {
        "id": "rqlc-{@hex16}",
        "arn": "arn:{@partition}:route53resolver:{@region}:{@account}:resolver-query-log-config/{id}",
        "ownerId": _OWNER,
    },
    "aws:route53/resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation": {
        "id": "rqlca-{@hex16}"
    },
    "aws:route53/keySigningKey:KeySigningKey": {"id": "{hostedZoneId},{name}"},
    "aws:route53/hostedZoneDnsSec:HostedZoneDnsSec": {"id": "{hostedZoneId}"},
    "aws:acm/certificate:Certificate": {
        "arn": "arn:{@partition}:acm:{@region}:{@account}:certificate/{@uuid}",
        "id": "{arn}",
        "domainValidationOptions": _validation_options,
        "status": "PENDING_VALIDATION",
    },
    "aws:acm/certificateValidation:CertificateValidation": {"id": "{@uuid}"},
    "aws:wafv2/webAcl:WebAcl": _waf("webacl"),
    "aws:wafv2/ipSet:IpSet": _waf("ipset"),
    "aws:wafv2/ruleGroup:RuleGroup": _waf("rulegroup"),
    "aws:wafv2/regexPatternSet:RegexPatternSet": _waf("regexpatternset"),
    "aws:wafv2/webAclAssociation:WebAclAssociation": {"id": "{webAclArn},{resourceArn}"},
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": {"id": "{resourceArn}"},
    "aws:cloudfront/distribution:Distribution": {
        "id": "E{@upper13}",
        "arn": "arn:{@partition}:cloudfront::{@account}:distribution/{id}",
        "domainName": "d{@lower13}.cloudfront.net",
        "hostedZoneId": "Z2FDTNDATAQYW2",
        "status": "Deployed",
    },
    "aws:shield/protection:Protection": {
        "id": "{@uuid}",
        "arn": "arn:{@partition}:shield::{@account}:protection/{id}",
    },
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": {"id": "vpc-cidr-assoc-{@hex17}"},
    "aws:ec2/vpcSecurityGroupRulesExclusive:VpcSecurityGroupRulesExclusive": {"id": "{securityGroupId}"},
    "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy": {"id": "{vpcEndpointId}"},
    "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": {
        "id": "a-{vpcEndpointId}{@num10}",
    },
}
