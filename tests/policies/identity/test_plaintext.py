"""Secrets in clear: what is found, what is let through, and that no value is ever shown."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from policies.aws.plaintext import NOT_SECRET, exposures, is_secret_name
from policies.framework.values import UNKNOWN, Secret
from tests.conftest import EstateRenderer
from tests.policies.builders import graph_of, thing
from tests.policies.identity.table_documents import ROWS
from tests.policies.table import judged, pack_of

# Put together here, so that no scanner takes this file for a leak.
ACCESS_KEY = "AKIA" + "IOSFODNN7EXAMPLE"
PRIVATE_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE"
SLACK = "xoxb-" + "123456789012-abcdefABCDEF"
JWT = "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
URL = "postgresql://odoo:" + "S3cretValue@db.example.com/erp"
RANDOM = "q8ZrT1vX5nLw3KcYb7Hs9DfGj2MpRa4EuWiOxQ6t"
USER_DATA = f"#!/bin/bash\nexport DB_PASSWORD='{'S3cret' + 'Value9'}'\n"


@pytest.mark.parametrize(
    ("tree", "found"),
    [
        ({"description": f"use {ACCESS_KEY}"}, [("description", "an AWS access key id")]),
        ({"a": {"b": [{"c": PRIVATE_KEY}]}}, [("a.b.0.c", "a private key")]),
        ({"url": URL}, [("url", "a URL with a password")]),
        ({"x": SLACK}, [("x", "a Slack token or webhook")]),
        ({"x": JWT}, [("x", "a signed web token")]),
        ({"masterPassword": "correct horse"}, [("masterPassword", "masterPassword in clear")]),
        ({"auth_token": "abc"}, [("auth_token", "auth_token in clear")]),
        ({"passwords": ["abc"]}, [("passwords", "passwords in clear")]),
        (
            {"password": UNKNOWN},
            [("password", "password, which is known only later and not marked as secret")],
        ),
        (
            {"containers": [{"env": [{"name": "DB_PASSWORD", "value": "abc"}]}]},
            [("containers.0.env.0.value", "DB_PASSWORD in clear")],
        ),
        ({"userData": USER_DATA}, [("userData", "DB_PASSWORD in clear")]),
        ({"userData": base64.b64encode(USER_DATA.encode()).decode()}, [("userData", "DB_PASSWORD in clear")]),
        ({"data": {"odoo.conf": "admin_passwd = letmein\n"}}, [("data.odoo.conf", "admin_passwd in clear")]),
        ({"values": '{"auth": {"password": "abc"}}'}, [("values", "password in clear")]),
        (
            {"configurationValues": '{"node": {"env": {"DB_PASSWORD": "abc"}}}'},
            [("configurationValues", "DB_PASSWORD in clear")],
        ),
        ({"target": {"input": '{"token": "abc"}'}}, [("target.input", "token in clear")]),
        ({"aws": {"secretKey": "abc"}}, [("aws.secretKey", "secretKey in clear")]),
        ({"environment": {"variables": {"X": RANDOM}}}, [("environment.variables.X", "a long random text")]),
    ],
)
def test_found(tree: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert [(exposure.path, exposure.kind) for exposure in exposures(tree)] == found


@pytest.mark.parametrize(
    "tree",
    [
        {"password": Secret("abc")},
        {"template": {"data": {"odoo.conf": "db_password = {{ .password }}\n"}}},
        {"data": [{"secretKey": "password", "remoteRef": {"key": "fleet-erp/prod/odoo"}}]},
        {"password": Secret(UNKNOWN)},
        {"passwordWo": Secret("abc"), "passwordWoVersion": 1},
        {"secretString": Secret(PRIVATE_KEY)},
        {"httpTokens": "required", "tokenUrl": "https://example.com/token"},
        {"masterUserSecretKmsKeyId": "arn:aws:kms:ap-south-1:111122223333:key/x"},
        {"secretArn": "arn:aws:secretsmanager:ap-south-1:111122223333:secret:x"},
        {"secret": "arn:aws:secretsmanager:ap-south-1:111122223333:secret:x"},
        {"manageMasterUserPassword": True, "passwordLength": 48},
        {
            "env": [
                {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "odoo-db", "key": "password"}}}
            ]
        },
        {"env": [{"name": "DB_PASSWORD_FILE", "value": "/run/secrets/db"}]},
        {"env": [{"name": "DB_PASSWORD", "value": "$(POSTGRES_PASSWORD)"}]},
        {"values": {"existingSecret": "odoo-database", "auth": {"existingSecret": "x"}}},
        {"userData": "#!/bin/bash\nexport DB_PASSWORD=$(aws secretsmanager get-secret-value)\n"},
        {"userData": 'PASSWORD="${DB_PASSWORD}"\n'},
        {"creationToken": "fleet-erp-prod"},
        {"environment": {"variables": {"IMAGE": "sha256:" + "a1b2" * 16, "HASH": "A1b2" * 12}}},
        {"environment": {"variables": {"ARN": "arn:aws:iam::111122223333:role/fleet-erp-prod-kube-system"}}},
        {"description": RANDOM},
        {"url": "postgresql://odoo@db.example.com/erp", "other": "https://example.com:8443/x"},
        {"url": "postgresql://odoo:${PASSWORD}@db.example.com/erp"},
    ],
)
def test_let_through(tree: dict[str, Any]) -> None:
    assert list(exposures(tree)) == []


def test_a_certificate_is_public_and_what_only_calls_itself_one_is_not(repository: Path) -> None:
    roots = (repository / "infra/workloads/certificates/rds-ap-south-1.pem").read_text(encoding="ascii")
    assert list(exposures({"data": {"rds.pem": roots}})) == []
    disguised = f"-----BEGIN CERTIFICATE-----\n{RANDOM}\n-----END CERTIFICATE-----"
    (exposure,) = exposures({"data": {"rds.pem": disguised}})
    assert exposure.kind == "a long random text"


def test_names_that_only_sound_secret_have_reasons() -> None:
    assert all(len(reason) > 10 for reason in NOT_SECRET.values())
    assert not any(is_secret_name(name) for name in NOT_SECRET.keys() - {"secret"})


@pytest.mark.requirement("SEC-02")
def test_no_message_shows_a_value() -> None:
    secrets = (ACCESS_KEY, URL, RANDOM, "hunter2hunter2")
    graph = graph_of(
        thing("aws:lambda/function:Function", "f", environment={"variables": {"PASSWORD": "hunter2hunter2"}}),
        thing("aws:lambda/function:Function", "g", environment={"variables": {"X": RANDOM, "Y": ACCESS_KEY}}),
        thing("aws:sns/topic:Topic", "t", displayName=URL),
    )
    judgement = judged(pack_of(ROWS[0]), graph)
    found = [finding for finding in judgement.findings if "plaintext" in finding.rule]
    assert {finding.resource_name for finding in found} == {"f", "g", "t"}
    assert not any(secret in finding.message for finding in judgement.findings for secret in secrets)


@pytest.mark.requirement("SEC-02")
@pytest.mark.parametrize("stack", ["prod", "staging", "testing", "dr"])
@pytest.mark.parametrize("unknowns", [False, True])
def test_the_estate_holds_no_secret_in_clear(estate: EstateRenderer, stack: str, *, unknowns: bool) -> None:
    judgement = judged(pack_of(ROWS[0]), estate(stack, unknowns=unknowns))
    assert [finding for finding in judgement.findings if "plaintext" in finding.rule] == []
