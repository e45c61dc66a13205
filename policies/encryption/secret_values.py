"""Secrets, parameters and the environment of functions."""

from __future__ import annotations

import re
from typing import Final

from policies.aws.keys import without_customer_key
from policies.aws.tokens import FUNCTIONS, PARAMETERS, SECRETS
from policies.framework import Controls, Findings, ResourceView, Severity, everywhere, resource_rule

_SENSITIVE: Final = re.compile(
    r"password|passwd|secret|token|credential|private|api[-_/]?key|auth[-_/]?key", re.IGNORECASE
)


@resource_rule(
    "enc-secret-cmk",
    subjects=SECRETS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_149",), ("SEC-06", "SEC-02", "POL-01"), ("8(5)",)),
    remedy="Set kms_key_id to the secrets key; each replica needs the secrets key of its own region.",
    by_reference=True,
)
def secret_cmk(secret: ResourceView) -> Findings:
    """Secrets and their replicas are encrypted with a customer key."""
    if why := without_customer_key(secret, "kmsKeyId"):
        yield why
    for replica in secret.blocks("replicas"):
        if why := without_customer_key(secret, f"{replica.at}.kmsKeyId"):
            yield why


@resource_rule(
    "enc-ssm-parameter",
    subjects=PARAMETERS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV2_AWS_34", "CKV_AWS_337"), ("SEC-06", "SEC-02", "POL-01"), ("8(5)",)),
    remedy="Set type='SecureString', key_id to the secrets key, and give the value through value_wo.",
    by_reference=True,
)
def ssm_parameter(parameter: ResourceView) -> Findings:
    """Sensitive parameters are SecureStrings with a customer key.

    Sensitive is what the program marked as secret, and what its name says.
    """
    named = parameter.text("name") if not parameter.is_unknown("name") else ""
    marked = any(parameter.is_secret(path) for path in ("value", "valueWo", "insecureValue"))
    if parameter.text("type") == "SecureString":
        if why := without_customer_key(parameter, "keyId"):
            yield why
    elif marked:
        yield f"the value is secret, but the type is {parameter.text('type') or 'not set'}"
    elif _SENSITIVE.search(named) or _SENSITIVE.search(parameter.name):
        yield f"the name says it is sensitive, but the type is {parameter.text('type') or 'not set'}"


@resource_rule(
    "enc-lambda-env-cmk",
    subjects=FUNCTIONS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_173",), ("SEC-06", "POL-01")),
    remedy="Set kms_key_arn to the secrets key.",
    by_reference=True,
)
def lambda_env_cmk(function: ResourceView) -> Findings:
    """Functions with environment variables encrypt them with a customer key."""
    if not function.has("environment.variables"):
        return
    empty = not function.is_unknown("environment.variables") and not function.keys("environment.variables")
    if not empty and (why := without_customer_key(function, "kmsKeyArn")):
        yield why
