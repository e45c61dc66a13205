"""Passwords and the certificate of a workspace: made in its namespace, known nowhere else (SEC-02).

External Secrets generates them there. A password that Pulumi made would lie in the state, and a secret in
Secrets Manager for each developer would be paid for, rotated and cleaned away by somebody.

| what | once made |
|---|---|
| Secret of each user of a store | the same members that an environment's secret in Secrets Manager has |
| Secret `stores-tls` | a certificate for the stores, and the authority that signed it but not its key |
| Secret `stores-authority` | that authority |

`CreatedOnce`: else every refresh would make other passwords than those that the stores were started with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
from pulumi_kubernetes import apiextensions

from ..workloads.pods import metadata
from ..workloads.secret_delivery import API_VERSION, RemoteValue, external_secret

GENERATOR_API: Final = "generators.external-secrets.io/v1alpha1"
GENERATOR: Final = "password"
PASSWORD_LENGTH: Final = 32
"""Letters and digits: clients put it into URLs and files that know no quotes."""

CERTIFICATE: Final = "stores-tls"
"""The Secret with `ca.crt`, `tls.crt` and `tls.key`."""
AUTHORITY: Final = "stores-authority"
"""The Secret with `ca.crt` alone, for clients: the server's key is none of theirs."""
AUTHORITY_FILE: Final = "ca.crt"
CERTIFICATE_DAYS: Final = 365
"""Far longer than a workspace lives, however often it is extended."""

LABELS: Final = {"app.kubernetes.io/part-of": "fleet-erp"}


def password_generator(
    *, namespace: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> apiextensions.CustomResource:
    """Declare how passwords are made; each use makes another one."""
    return apiextensions.CustomResource(
        "password-generator",
        api_version=GENERATOR_API,
        kind="Password",
        metadata=metadata(GENERATOR, namespace=namespace, labels=LABELS),
        spec={
            "length": PASSWORD_LENGTH,
            "digits": PASSWORD_LENGTH // 4,
            "symbols": 0,
            "noUpper": False,
            "allowRepeat": True,
        },
        opts=opts,
    )


def generated_secret(
    name: str,
    *,
    namespace: pulumi.Input[str],
    members: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> apiextensions.CustomResource:
    """Declare a Secret whose members are templates: `{{ .password }}` stands for what is generated."""
    return _made_once(name, namespace=namespace, template={"data": dict(members)}, opts=opts)


def stores_certificate(
    *, hosts: Sequence[str], namespace: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> apiextensions.CustomResource:
    """Declare the certificate of all stores: one template makes authority, certificate and key together.

    Clients check the server's name as they do with AWS's stores, so their configuration is the same.
    """
    names = " ".join(f'"{host}"' for host in hosts)
    template = (
        f'{{{{- $ca := genCA "workspace" {CERTIFICATE_DAYS} -}}}}\n'
        f'{{{{- $made := genSignedCert "{hosts[0]}" nil (list {names}) {CERTIFICATE_DAYS} $ca -}}}}\n'
        # A JSON text is a YAML text: line breaks stay what they are.
        f"{AUTHORITY_FILE}: {{{{ $ca.Cert | toJson }}}}\n"
        "tls.crt: {{ $made.Cert | toJson }}\n"
        "tls.key: {{ $made.Key | toJson }}\n"
    )
    return _made_once(
        CERTIFICATE,
        namespace=namespace,
        template={"templateFrom": [{"target": "Data", "literal": template}]},
        opts=opts,
    )


def stores_authority(
    *, namespace: pulumi.Input[str], store: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> apiextensions.CustomResource:
    """Declare what clients of the stores trust, read from the certificate's Secret through the store."""
    return external_secret(
        AUTHORITY,
        name=AUTHORITY,
        namespace=namespace,
        labels=LABELS,
        store=store,
        values=[RemoteValue(name="authority", secret=CERTIFICATE, member=AUTHORITY_FILE)],
        files={AUTHORITY_FILE: "{{ .authority }}"},
        opts=opts,
    )


def _made_once(
    name: str,
    *,
    namespace: pulumi.Input[str],
    template: Mapping[str, object],
    opts: pulumi.ResourceOptions,
) -> apiextensions.CustomResource:
    return apiextensions.CustomResource(
        name,
        api_version=API_VERSION,
        kind="ExternalSecret",
        metadata=metadata(name, namespace=namespace, labels=LABELS),
        spec={
            "refreshPolicy": "CreatedOnce",
            "target": {
                "name": name,
                "creationPolicy": "Owner",
                "deletionPolicy": "Retain",
                "template": {"engineVersion": "v2", "mergePolicy": "Replace", **template},
            },
            "dataFrom": [
                {
                    "sourceRef": {
                        "generatorRef": {"apiVersion": GENERATOR_API, "kind": "Password", "name": GENERATOR}
                    }
                }
            ],
        },
        opts=opts,
    )
