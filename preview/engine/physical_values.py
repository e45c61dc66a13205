"""Made-up values of the `random`, `tls` and `pagerduty` providers: right in form, and never fit for use."""

from __future__ import annotations

import base64
from typing import Any, Final

from preview.engine.physical import AbsentError, Identity, Template
from preview.graph import plain

_LETTERS: Final = {
    "upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "lower": "abcdefghijklmnopqrstuvwxyz",
    "numeric": "0123456789",
    "special": "!@#$%&*()-_=+[]{}<>:?",
}


def _random_text(identity: Identity) -> str:
    """Give a text of the asked length that holds a character of each kind that is not switched off."""
    properties = identity.properties
    length = int(plain(identity.needed("length")))
    kinds = {kind: letters for kind, letters in _LETTERS.items() if plain(properties.get(kind)) is not False}
    if "special" in kinds:
        kinds["special"] = plain(properties.get("overrideSpecial")) or kinds["special"]
    first = "".join(identity.text(letters, 1, kind) for kind, letters in kinds.items())
    return (first + identity.text("".join(kinds.values()) or "x", length, "rest"))[:length]


def _bytes(identity: Identity) -> bytes:
    return bytes.fromhex(identity.derived(f"hex{2 * int(plain(identity.needed('byteLength')))}"))


def _hex(identity: Identity) -> Any:  # noqa: ANN401
    return f"{plain(identity.properties.get('prefix')) or ''}{_bytes(identity).hex()}"


def _base64(identity: Identity) -> str:
    return f"{plain(identity.properties.get('prefix')) or ''}{base64.b64encode(_bytes(identity)).decode()}"


def _base64_url(identity: Identity) -> str:
    return base64.urlsafe_b64encode(_bytes(identity)).decode().rstrip("=")


def _decimal(identity: Identity) -> str:
    return str(int.from_bytes(_bytes(identity)))


def _pem(label: str) -> Template:
    def pem(identity: Identity) -> str:
        body = base64.b64encode(f"OFFLINE {identity.urn} {label}".encode()).decode()
        return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"

    return pem


def _openssh(identity: Identity) -> str:
    if plain(identity.properties.get("algorithm")) == "ED25519":
        return f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{identity.derived('mixed43')}\n"
    if plain(identity.properties.get("algorithm")) != "RSA":
        raise AbsentError("publicKeyOpenssh")
    return f"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ{identity.derived('mixed338')}\n"


_TEXT: Final[dict[str, Template]] = {"result": _random_text}

VALUES: Final[dict[str, dict[str, Template]]] = {
    "random:index/randomPassword:RandomPassword": {
        **_TEXT,
        "bcryptHash": "$2a$10${@mixed53}",
        "id": "none",
    },
    "random:index/randomString:RandomString": {**_TEXT, "id": "{result}"},
    "random:index/randomId:RandomId": {
        "hex": _hex,
        "b64Std": _base64,
        "b64Url": _base64_url,
        "dec": _decimal,
        "id": "{b64Url}",
    },
    "random:index/randomUuid:RandomUuid": {"result": "{@uuid}", "id": "{result}"},
    "random:index/randomPet:RandomPet": {"id": "offline-{@lower8}"},
    "random:index/randomInteger:RandomInteger": {"result": "{min}", "id": "{result}"},
    "tls:index/privateKey:PrivateKey": {
        "privateKeyPem": _pem("RSA PRIVATE KEY"),
        "privateKeyOpenssh": _pem("OPENSSH PRIVATE KEY"),
        "privateKeyPemPkcs8": _pem("PRIVATE KEY"),
        "publicKeyPem": _pem("PUBLIC KEY"),
        "publicKeyOpenssh": _openssh,
        "publicKeyFingerprintSha256": "SHA256:{@mixed43}",
        "id": "{@hex40}",
    },
    "tls:index/certRequest:CertRequest": {"certRequestPem": _pem("CERTIFICATE REQUEST"), "id": "{@hex40}"},
    "tls:index/selfSignedCert:SelfSignedCert": {"certPem": _pem("CERTIFICATE"), "id": "{@num39}"},
    "tls:index/locallySignedCert:LocallySignedCert": {"certPem": _pem("CERTIFICATE"), "id": "{@num39}"},
    "pagerduty:index/user:User": {"id": "P{@upper6}"},
    "pagerduty:index/schedule:Schedule": {"id": "P{@upper6}"},
    "pagerduty:index/escalationPolicy:EscalationPolicy": {"id": "P{@upper6}"},
    "pagerduty:index/service:Service": {"id": "P{@upper6}"},
    "pagerduty:index/serviceIntegration:ServiceIntegration": {
        "id": "P{@upper6}",
        "integrationKey": "{@hex32}",
    },
}
