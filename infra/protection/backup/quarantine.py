"""Where a restored database lies while it is examined: reachable for its examiner, and for nobody else."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from ...naming import Naming
from ...network import Network
from ...network.ports import POSTGRES

RESTORED: Final = "sg-restored"
EXAMINER: Final = "sg-restore-validation"


class Quarantine(pulumi.ComponentResource):
    """Two groups with one conversation between them (SEC-07, SEC-13).

    The examiner may speak to restored databases, by PostgreSQL; a restored database to nobody. So the running
    database cannot be reached from here, nor can what was read be sent anywhere.
    """

    restored_id: pulumi.Output[str]
    examiner_id: pulumi.Output[str]

    def __init__(
        self, name: str, *, naming: Naming, network: Network, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("fleet:protection:Quarantine", name, None, opts)
        self._naming = naming
        self._child = pulumi.ResourceOptions(parent=self)
        restored = self._group(RESTORED, "Databases restored for a test", network)
        examiner = self._group(EXAMINER, "The function that examines restored databases", network)
        ingress = aws.vpc.SecurityGroupIngressRule(
            "restored-from-restore-validation-postgres",
            aws.vpc.SecurityGroupIngressRuleArgs(
                security_group_id=restored.id,
                referenced_security_group_id=examiner.id,
                ip_protocol=POSTGRES.protocol,
                from_port=POSTGRES.first,
                to_port=POSTGRES.last,
                description=f"{POSTGRES.what} from {EXAMINER}-{naming.environment}",
            ),
            opts=self._child,
        )
        egress = aws.vpc.SecurityGroupEgressRule(
            "restore-validation-to-restored-postgres",
            aws.vpc.SecurityGroupEgressRuleArgs(
                security_group_id=examiner.id,
                referenced_security_group_id=restored.id,
                ip_protocol=POSTGRES.protocol,
                from_port=POSTGRES.first,
                to_port=POSTGRES.last,
                description=f"{POSTGRES.what} to {RESTORED}-{naming.environment}",
            ),
            opts=self._child,
        )
        self._only(RESTORED, restored, ingress=[ingress.id], egress=[])
        self._only(EXAMINER, examiner, ingress=[], egress=[egress.id])
        self.restored_id = restored.id
        self.examiner_id = examiner.id
        self.register_outputs({"restoredId": self.restored_id, "examinerId": self.examiner_id})

    def _group(self, role: str, purpose: str, network: Network) -> aws.ec2.SecurityGroup:
        name = f"{role}-{self._naming.environment}"
        return aws.ec2.SecurityGroup(
            name,
            aws.ec2.SecurityGroupArgs(
                # EC2 refuses group names that begin with sg-.
                name=name.removeprefix("sg-"),
                description=f"{purpose} of {self._naming.environment}",
                vpc_id=network.vpc_id,
                tags=self._naming.tags(name),
            ),
            opts=self._child,
        )

    def _only(
        self,
        role: str,
        group: aws.ec2.SecurityGroup,
        *,
        ingress: list[pulumi.Output[str]],
        egress: list[pulumi.Output[str]],
    ) -> None:
        aws.ec2.VpcSecurityGroupRulesExclusive(
            f"{role.removeprefix('sg-')}-rules",
            aws.ec2.VpcSecurityGroupRulesExclusiveArgs(
                security_group_id=group.id, ingress_rule_ids=ingress, egress_rule_ids=egress
            ),
            opts=self._child,
        )
