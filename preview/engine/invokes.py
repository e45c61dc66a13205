"""Answers to the few look-ups that a program may make offline; every other one is an error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from preview.engine.errors import RenderError
from preview.engine.providers import Surroundings
from preview.graph import Properties

DOCUMENTATION_ACCOUNT: Final = "111122223333"

_ELB_LOG_ACCOUNTS: Final = {
    "us-east-1": "127311923021",
    "us-east-2": "033677994240",
    "us-west-1": "027434742980",
    "us-west-2": "797873946194",
    "ap-south-1": "718504428378",
    "ap-southeast-1": "114774131450",
    "ap-southeast-2": "783225319266",
    "ap-northeast-1": "582318560864",
    "eu-central-1": "054676820928",
    "eu-west-1": "156460612806",
    "eu-west-2": "652711504416",
}
"""Accounts of Elastic Load Balancing per region (Elastic Load Balancing user guide, access logs)."""


def _partition(where: Surroundings) -> Properties:
    return {
        "id": where.partition,
        "partition": where.partition,
        "dnsSuffix": where.dns_suffix,
        "reverseDnsPrefix": ".".join(reversed(where.dns_suffix.split("."))),
    }


def _region(where: Surroundings) -> Properties:
    return {
        "id": where.region,
        "region": where.region,
        "name": where.region,
        "description": where.region,
        "endpoint": f"ec2.{where.region}.{where.dns_suffix}",
    }


def _caller_identity(where: Surroundings) -> Properties:
    return {
        "id": where.account_id,
        "accountId": where.account_id,
        "arn": f"arn:{where.partition}:sts::{where.account_id}:assumed-role/offline-preview/session",
        "userId": "AROAEXAMPLEOFFLINE00:session",
    }


def _elb_service_account(where: Surroundings) -> Properties:
    account = _ELB_LOG_ACCOUNTS.get(where.region)
    if account is None:
        raise RenderError(
            f"aws:elb/getServiceAccount has no offline answer for {where.region}; "
            f"known regions: {', '.join(sorted(_ELB_LOG_ACCOUNTS))}"
        )
    return {"id": account, "arn": f"arn:{where.partition}:iam::{account}:root", "region": where.region}


_ANSWERS: Final[dict[str, Callable[[Surroundings], Properties]]] = {
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:elb/getServiceAccount:getServiceAccount": _elb_service_account,
}


@dataclass(frozen=True, slots=True)
class InvokeAnswers:
    """The account and region that look-ups answer with where the provider of a call does not name its own."""

    account_id: str
    region: str

    @classmethod
    def for_account(cls, *, account_id: str = DOCUMENTATION_ACCOUNT, region: str) -> InvokeAnswers:
        """Answer look-ups as seen from this account and region."""
        return cls(account_id=account_id, region=region)

    def answer(self, token: str, where: Surroundings) -> Properties:
        """Answer one look-up. Raises RenderError, naming it and what is allowed, when there is no answer."""
        answer = _ANSWERS.get(token)
        if answer is None:
            allowed = ", ".join(sorted(name.rsplit(":", 1)[0] for name in _ANSWERS))
            raise RenderError(
                f"look-up {token} has no offline answer: what it finds must be a setting; allowed: {allowed}"
            )
        return answer(where)
