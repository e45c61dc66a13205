"""The recovery region at rest, laid out in moto: replica, cluster, names, secrets, images."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from moto.acm.models import acm_backends
from moto.eks.models import eks_backends
from moto.elbv2.models import elbv2_backends
from moto.rds.models import rds_backends
from moto.route53.models import route53_backends

from ops.recovery.estate import Estate

from .simulated_aws import ACCOUNT, SimulatedAws

ESTATE: Final = replace(Estate.read(), account_id=ACCOUNT)
MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"


class Standby:
    """What is there. It is laid out once, for that takes longer than many rehearsals."""

    def __init__(self, aws: SimulatedAws) -> None:
        self.aws = aws
        self.estate = ESTATE
        self._lay_out()

    @property
    def replica(self) -> Any:
        """The database of the recovery region, as moto holds it."""
        return rds_backends[ACCOUNT][ESTATE.region].databases[ESTATE.database]

    @property
    def promoted(self) -> bool:
        """Whether it follows nobody."""
        return not self.replica.source_db_instance_identifier

    @property
    def switched(self) -> bool:
        """Whether names lead to the recovery region."""
        return not self._checks[ESTATE.standby_switch].inverted and self._checks[ESTATE.home_switch].inverted

    def primary_status(self, status: str) -> None:
        """Let production's database be stopped, or not."""
        rds_backends[ACCOUNT][ESTATE.primary_region].databases[ESTATE.primary_database].status = status

    def _lay_out(self) -> None:
        region, primary = ESTATE.region, ESTATE.primary_region
        aws, home = self.aws.aws(region, doubtful=False), self.aws.aws(primary, doubtful=True)
        ec2 = aws.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.16.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.16.{n}.0/24", AvailabilityZone=f"{region}{zone}")[
                "Subnet"
            ]["SubnetId"]
            for n, zone in ((1, "a"), (2, "b"))
        ]
        rds = aws.client("rds")
        rds.create_db_subnet_group(
            DBSubnetGroupName="fleet-erp-dr-postgres", DBSubnetGroupDescription="private", SubnetIds=subnets
        )
        made = home.client("rds").create_db_instance(
            DBInstanceIdentifier=ESTATE.primary_database,
            DBInstanceClass="db.m5.xlarge",
            Engine="postgres",
            AllocatedStorage=500,
            MasterUsername="fleet_admin",
            MasterUserPassword="OfNobody0123",
            StorageEncrypted=True,
        )["DBInstance"]
        self._source = made["DBInstanceArn"]
        rds.create_db_instance_read_replica(
            DBInstanceIdentifier=ESTATE.database, SourceDBInstanceIdentifier=self._source
        )
        self.replica.db_subnet_group_name = "fleet-erp-dr-postgres"
        self.replica.vpc_security_group_ids = ["sg-0123456789abcdef0"]
        self._lay_out_stores(aws)
        self._lay_out_names(aws, vpc, subnets)
        self._lay_out_nodes(aws, subnets)

    def _lay_out_stores(self, aws: Any) -> None:
        s3 = aws.client("s3")
        for bucket in (ESTATE.records_bucket, ESTATE.state_bucket):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": ESTATE.region})
        aws.client("efs").create_file_system(CreationToken=ESTATE.filestore, Encrypted=True)
        secrets = aws.client("secretsmanager")
        for name in ESTATE.needed_secrets:
            secrets.create_secret(Name=name, SecretString="of nobody")
        ecr = aws.client("ecr")
        images = []
        for number, image in enumerate(ESTATE.images):
            ecr.create_repository(repositoryName=image.repository)
            manifest = json.dumps(
                {
                    "schemaVersion": 2,
                    "mediaType": MANIFEST,
                    "config": {"digest": f"sha256:{number:064d}"},
                    "layers": [],
                }
            )
            put = ecr.put_image(repositoryName=image.repository, imageManifest=manifest, imageTag="1")
            images.append(replace(image, digest=put["image"]["imageId"]["imageDigest"]))
        self.estate = replace(self.estate, images=tuple(images))
        acm = aws.client("acm")
        acm.request_certificate(
            DomainName=ESTATE.web_hostname,
            SubjectAlternativeNames=[ESTATE.web_hostname, ESTATE.gps_hostname],
            ValidationMethod="DNS",
        )
        for certificate in acm_backends[ACCOUNT][ESTATE.region]._certificates.values():
            certificate.status = "ISSUED"
        aws.client("mq").create_broker(
            BrokerName="fleet-erp-dr-rabbitmq",
            EngineType="RABBITMQ",
            DeploymentMode="CLUSTER_MULTI_AZ",
            HostInstanceType="mq.m7g.large",
            PubliclyAccessible=False,
            AutoMinorVersionUpgrade=True,
            EngineVersion="4.2",
            Users=[{"Username": "fleet-admin", "Password": "OfNobody0123456"}],
        )
        aws.client("elasticache").create_replication_group(
            ReplicationGroupId="fleet-erp-dr-cache", ReplicationGroupDescription="cache", Engine="redis"
        )

    def _lay_out_names(self, aws: Any, vpc: str, subnets: list[str]) -> None:
        route53, elb = aws.client("route53"), aws.client("elbv2")
        zone = route53.create_hosted_zone(Name="example.com", CallerReference="world")["HostedZone"]["Id"]
        self.estate = replace(self.estate, zone_id=zone.removeprefix("/hostedzone/"))
        balancer = elb.create_load_balancer(Name=ESTATE.prefix, Subnets=subnets)["LoadBalancers"][0][
            "DNSName"
        ]
        address = (
            balancer.replace(".elb.", f".{ESTATE.region}.elb.")
            if f".{ESTATE.region}." not in balancer
            else balancer
        )
        for each in elbv2_backends[ACCOUNT][ESTATE.region].load_balancers.values():
            each.dns_name = address
        for service in ESTATE.target_groups:
            elb.create_target_group(Name=service, Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip")
        self._checks = {}
        for name in (ESTATE.home_switch, ESTATE.standby_switch):
            check = route53.create_health_check(
                CallerReference=name,
                HealthCheckConfig={
                    "Type": "HTTPS",
                    "FullyQualifiedDomainName": address,
                    "Port": 443,
                    "ResourcePath": "/web/health",
                    "RequestInterval": 30,
                    "FailureThreshold": 3,
                    "Disabled": True,
                },
            )["HealthCheck"]["Id"]
            route53.change_tags_for_resource(
                ResourceType="healthcheck", ResourceId=check, AddTags=[{"Key": "Name", "Value": name}]
            )
            self._checks[name] = route53_backends[ACCOUNT]["aws"].health_checks[check]
        changes = [
            {
                "Action": "CREATE",
                "ResourceRecordSet": {
                    "Name": host,
                    "Type": "A",
                    "SetIdentifier": "dr",
                    "Failover": "SECONDARY",
                    "AliasTarget": {
                        "HostedZoneId": "Z1LMS91P8CMLE5",
                        "DNSName": address,
                        "EvaluateTargetHealth": False,
                    },
                },
            }
            for host in (ESTATE.web_hostname, ESTATE.gps_hostname)
        ]
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

    def _lay_out_nodes(self, aws: Any, subnets: list[str]) -> None:
        role = f"arn:aws:iam::{ACCOUNT}:role/nodes"
        eks = aws.client("eks")
        eks.create_cluster(name=ESTATE.cluster, roleArn=role, resourcesVpcConfig={"subnetIds": subnets})
        for group in ESTATE.node_groups:
            sizes = {
                f"{group.name}-standby-20261101": {"minSize": 2, "maxSize": 3, "desiredSize": 2},
                f"{group.name}-20261125": {
                    "minSize": group.fewest,
                    "maxSize": group.most,
                    "desiredSize": group.fewest,
                },
            }
            for name, scaling in sizes.items():
                eks.create_nodegroup(
                    clusterName=ESTATE.cluster,
                    nodegroupName=name,
                    subnets=subnets,
                    nodeRole=role,
                    scalingConfig=scaling,
                )
        self._groups = dict(eks_backends[ACCOUNT][ESTATE.region].clusters[ESTATE.cluster].nodegroups)

    def _nodes(self, *, serving: bool) -> None:
        """The deployment makes other groups, and takes those of the standby away."""
        groups = eks_backends[ACCOUNT][ESTATE.region].clusters[ESTATE.cluster].nodegroups
        groups.clear()
        groups.update({n: each for n, each in self._groups.items() if ("-standby-" in n) != serving})

    def _targets(self, *, healthy: bool) -> None:
        # Every target is healthy in moto: a standby at rest has none.
        for group in elbv2_backends[ACCOUNT][ESTATE.region].target_groups.values():
            group.targets.clear()
            if healthy:
                group.register([{"Id": "10.16.1.4"}])

    def _switch(self, *, standby: bool) -> None:
        self._checks[ESTATE.home_switch].inverted = standby
        self._checks[ESTATE.standby_switch].inverted = not standby
