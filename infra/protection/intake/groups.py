"""Where a candidate lies while it is examined: reachable for its examiner, and for nobody else."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from ...naming import Naming
from ...network import Network
from ...network.ports import POSTGRES
from ..refresh.parts import PURPOSE_TAG, QUARANTINE

CANDIDATES: Final = "candidate"
EXAMINERS: Final = "candidate-examiner"


class CandidateGroups(pulumi.ComponentResource):
    """Two groups with one conversation between them (SEC-09, SEC-07).

    The examiner may speak to candidates, by PostgreSQL; a candidate to nobody. The running database cannot be
    reached from here, and no node can reach a candidate.
    """

    candidate_id: pulumi.Output[str]
    examiner_id: pulumi.Output[str]

    def __init__(
        self, name: str, *, naming: Naming, network: Network, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("fleet:protection:CandidateGroups", name, None, opts)
        self._naming = naming
        self._child = pulumi.ResourceOptions(parent=self)
        candidates = self._group(CANDIDATES, "Masked copies that are examined before they are taken", network)
        examiners = self._group(EXAMINERS, "The function that examines masked copies", network)
        way_in = aws.vpc.SecurityGroupIngressRule(
            f"{CANDIDATES}-from-{EXAMINERS}-postgres",
            aws.vpc.SecurityGroupIngressRuleArgs(
                security_group_id=candidates.id,
                referenced_security_group_id=examiners.id,
                ip_protocol=POSTGRES.protocol,
                from_port=POSTGRES.first,
                to_port=POSTGRES.last,
                description=f"{POSTGRES.what} from sg-{EXAMINERS}-{naming.environment}",
            ),
            opts=self._child,
        )
        way_out = aws.vpc.SecurityGroupEgressRule(
            f"{EXAMINERS}-to-{CANDIDATES}-postgres",
            aws.vpc.SecurityGroupEgressRuleArgs(
                security_group_id=examiners.id,
                referenced_security_group_id=candidates.id,
                ip_protocol=POSTGRES.protocol,
                from_port=POSTGRES.first,
                to_port=POSTGRES.last,
                description=f"{POSTGRES.what} to sg-{CANDIDATES}-{naming.environment}",
            ),
            opts=self._child,
        )
        for role, group, ingress, egress in (
            (CANDIDATES, candidates, [way_in.id], []),
            (EXAMINERS, examiners, [], [way_out.id]),
        ):
            aws.ec2.VpcSecurityGroupRulesExclusive(
                f"{role}-rules",
                aws.ec2.VpcSecurityGroupRulesExclusiveArgs(
                    security_group_id=group.id, ingress_rule_ids=ingress, egress_rule_ids=egress
                ),
                opts=self._child,
            )
        self.candidate_id = candidates.id
        self.examiner_id = examiners.id
        self.register_outputs({"candidateId": self.candidate_id, "examinerId": self.examiner_id})

    def _group(self, role: str, purpose: str, network: Network) -> aws.ec2.SecurityGroup:
        environment = self._naming.environment
        name = f"sg-{role}-{environment}"
        return aws.ec2.SecurityGroup(
            name,
            aws.ec2.SecurityGroupArgs(
                # EC2 refuses group names that begin with sg-.
                name=f"{role}-{environment}",
                description=f"{purpose} of {environment}",
                vpc_id=network.vpc_id,
                tags={**self._naming.tags(name), PURPOSE_TAG: QUARANTINE},
            ),
            opts=self._child,
        )
