"""Secrets that lie in clear: known formats, names that say so, and texts too random to be words.

A finding names the place and the kind, never the value. What keeps false alarms out is data: names that only
sound secret, and forms of values that only point to one.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.framework.values import Secret, Unknown

FORMATS: Final[Mapping[str, re.Pattern[str]]] = {
    "an AWS access key id": re.compile(r"(?<![A-Z0-9])(AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "a GitHub token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50,})"),
    "a GitLab token": re.compile(r"\bglpat-[\w-]{20,}"),
    "a Slack token or webhook": re.compile(
        r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|hooks\.slack\.com/services/T\w+/B\w+/\w+"
    ),
    "a Google API key": re.compile(r"\bAIza[\w-]{35}"),
    "a Stripe key": re.compile(r"\b[rs]k_live_[A-Za-z0-9]{16,}"),
    "a SendGrid key": re.compile(r"\bSG\.[\w-]{22}\.[\w-]{43}"),
    "a Pulumi access token": re.compile(r"\bpul-[0-9a-f]{40}\b"),
    "a PyPI token": re.compile(r"\bpypi-AgEI[\w-]{50,}"),
    "a signed web token": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    "a URL with a password": re.compile(
        r"\b[a-z][a-z0-9+.-]*://[^\s/:@'\"]+:(?!\$|\{|%\(|<|\*{3})[^\s/:@'\"]{3,}@", re.IGNORECASE
    ),
}
"""Kinds of credentials that show by their form, as their issuers document it."""

_SECRET_NAME: Final = re.compile(
    r"(?:^|[._\-/\s]|(?<=[a-z0-9]))(?:"
    r"pass(?:word|wd|phrase)s?|pwd|secret|token|credentials?|api[_-]?key|access[_-]?key|secret[_-]?key"
    r"|private[_-]?key(?:[_-]?pem)?|auth[_-]?key|encryption[_-]?key|signing[_-]?key|connection[_-]?string"
    r"|secret[_-]?(?:string|binary)|auth[_-]?token|client[_-]?secret|shared[_-]?secret"
    r")(?:[_-]?wo)?$",
    re.IGNORECASE,
)
"""Names whose value is a secret. The last word decides: `httpTokens`, `secretName`, `tokenUrl` are none."""

NOT_SECRET: Final[Mapping[str, str]] = {
    "existingsecret": "Helm: the name of a Kubernetes secret",
    "imagepullsecret": "the name of a Kubernetes secret",
    "secret": "where it names a Kubernetes secret, as OBJECT_NAME says; judged by its value",
    "creationtoken": "EFS: makes the creation idempotent",
    "eventsourcetoken": "Alexa's skill id",
    "clientrequesttoken": "makes a request idempotent",
    "granttoken": "KMS: an output",
    "sessiontoken": "a switch of a provider",
    "publicaccesskey": "the public half",
    "awsapikey": "API Gateway: the key's id",
    "httptoken": "a metadata option",
}
"""Names that end like a secret and are none, in lower case without separators, and why."""

REFERENCES: Final = re.compile(
    r"arn:aws[a-z-]*:\S+"
    r"|\$\{[^}]+\}|\$\([A-Za-z_]\w*\)|\$[A-Za-z_]\w*|\{\{.+\}\}|%\(\w+\)s"
    r"|(?:file|https?)://[^\s@]+"
    r"|\{?resolve:(?:secretsmanager|ssm-secure):\S+"
    r"|alias/\S+|(?:\.{0,2}/)[\w./-]+"
    r"|true|false|required|optional|enabled|disabled|none|null|\d{1,6}|",
    re.IGNORECASE | re.DOTALL,
)
"""Values that point to a secret, switch something or say nothing."""

OBJECT_NAME: Final = re.compile(r"[a-z0-9]+(?:[-./][a-z0-9]+)+")
"""A name of an object (`odoo-database`, `fleet-erp/prod/database-master`): what a bare `secret` holds."""

_ASSIGNMENT: Final = re.compile(
    r"""(?:^|[\s;,'"`(\[{?&]|export\s+|--)(?P<name>[A-Za-z_][\w.-]*?)["']?\s*(?:=|:\s)\s*(?P<value>\{\{.*?\}\}|"[^"\n]*"|'[^'\n]*'|[^\s"'`;,)\]}&|]+)""",
    re.MULTILINE,
)
_TOKEN: Final = re.compile(r"[A-Za-z0-9+/_=-]{32,}")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/\s]{24,}={0,2}")

_CERTIFICATE: Final = re.compile(
    r"-----BEGIN CERTIFICATE-----(?P<content>[A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----"
)
_DER_SEQUENCE: Final = b"\x30\x82"
"""How every X.509 certificate begins: a sequence whose length takes two bytes."""

LEAST_ENTROPY: Final = 4.5
"""Bits for each character, above which a long text of letters and digits is no word, name or path."""

TEXT_HOLDERS: Final = re.compile(
    r"(?:^|\.)(?:userData|userDataBase64|userDataReplaceOnChange|variables|environment|environments|env|envFrom"
    r"|data|stringData|values|configurationValues|input|definition|containerDefinitions|buildspec|script|command"
    r"|args|content|overrides)(?:\.|$)"
)
"""Properties that hold whole programs, environments or configurations: there every long text is weighed."""

_HASHES: Final = re.compile(r"(?:sha\d+[:-])?[0-9a-fA-F]+|sha\d+[:-][A-Za-z0-9+/=]+")
_DEEPEST: Final = 12


@dataclass(frozen=True, slots=True)
class Exposure:
    """A secret in clear: where it lies and what gives it away."""

    path: str
    kind: str


def exposures(tree: Any) -> Iterator[Exposure]:  # noqa: ANN401  (any wire value)
    """Give every secret that lies in clear in a tree of properties. What is marked as secret is left out."""
    yield from _walk(tree, "", 0)


def _walk(node: Any, path: str, depth: int) -> Iterator[Exposure]:  # noqa: ANN401  (any wire value)
    if isinstance(node, Secret | Unknown) or depth > _DEEPEST:
        return
    if isinstance(node, Mapping):
        yield from _pair(node, path)
        for name, value in node.items():
            inner = f"{path}.{name}" if path else str(name)
            if name == "secretKey" and "remoteRef" in node:
                continue  # External Secrets: under which key the secret will hold what is fetched
            if isinstance(value, str | Unknown) and is_secret_name(str(name)):
                if why := _held(str(name), value):
                    yield Exposure(inner, why)
                    continue
            elif isinstance(value, list) and is_secret_name(str(name)) and _clear_list(value):
                yield Exposure(inner, f"{name} in clear")
                continue
            yield from _walk(value, inner, depth + 1)
    elif isinstance(node, list):
        for at, value in enumerate(node):
            yield from _walk(value, f"{path}.{at}", depth + 1)
    elif isinstance(node, str):
        yield from (Exposure(path, kind) for kind in dict.fromkeys(_in_text(node, path, depth)))


def _pair(node: Mapping[str, Any], path: str) -> Iterator[Exposure]:
    """Look at `{"name": "DB_PASSWORD", "value": "…"}`, the form of environments and parameters."""
    for key in ("name", "key", "parameterKey", "parameterName"):
        name = node.get(key)
        for holder in ("value", "parameterValue"):
            value = node.get(holder)
            if (
                isinstance(name, str)
                and isinstance(value, str | Unknown)
                and is_secret_name(name)
                and (why := _held(name, value))
            ):
                yield Exposure(f"{path}.{holder}" if path else holder, why)


def is_secret_name(name: str) -> bool:
    """Whether the name says that its value is a secret."""
    bare = re.sub(r"[_\-./\s]", "", name).lower()
    return bool(_SECRET_NAME.search(name)) and bare not in NOT_SECRET.keys() - {"secret"}


def _held(name: str, value: str | Unknown) -> str | None:
    """Say what lies in clear under a name that says secret, or None for a reference."""
    if isinstance(value, Unknown):
        return f"{name}, which is known only later and not marked as secret"
    if REFERENCES.fullmatch(value.strip()):
        return None
    if re.sub(r"[_\-./\s]", "", name).lower().endswith("secret") and OBJECT_NAME.fullmatch(value):
        return None
    return f"{name} in clear"


def _clear_list(values: list[Any]) -> bool:
    return any(isinstance(value, str) and not REFERENCES.fullmatch(value.strip()) for value in values)


def _in_text(text: str, path: str, depth: int) -> Iterator[str]:
    for kind, form in FORMATS.items():
        if form.search(text):
            yield kind
    if not TEXT_HOLDERS.search(path):
        return
    if decoded := _decoded(text):
        yield from _in_text(decoded, path, depth)
        return
    if parsed := _parsed(text):
        yield from (exposure.kind for exposure in _walk(parsed, path, depth + 1))
        return
    for match in _ASSIGNMENT.finditer(text):
        value = match["value"].strip("\"'")
        computed = value.startswith(("$(", "${", "`"))
        if is_secret_name(match["name"]) and not computed and (why := _held(match["name"], value)):
            yield why
    if any(_random(token) for token in _TOKEN.findall(_without_certificates(text))):
        yield "a long random text"


def _without_certificates(text: str) -> str:
    """Leave out what is a certificate by its bytes too: those are public."""

    def public(match: re.Match[str]) -> str:
        try:
            content = base64.b64decode(match["content"], validate=False)
        except binascii.Error:
            return match[0]
        return "" if content.startswith(_DER_SEQUENCE) else match[0]

    return _CERTIFICATE.sub(public, text)


def _decoded(text: str) -> str | None:
    """Give what a base64 text says, when it says text; user data is often written so."""
    if not _BASE64.fullmatch(text) or len(text.strip()) % 4:
        return None
    try:
        decoded = base64.b64decode(text, validate=False).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return decoded if decoded.isprintable() or "\n" in decoded else None


def _parsed(text: str) -> Any:  # noqa: ANN401  (a JSON value)
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _random(token: str) -> bool:
    """Whether a text is too random for a word, a path, a name or a hash."""
    bare = token.strip("=_-/")
    if _HASHES.fullmatch(bare) or not (
        re.search(r"[a-z]", bare) and re.search(r"[A-Z]", bare) and re.search(r"\d", bare)
    ):
        return False
    counts = Counter(bare)
    entropy = -sum(count / len(bare) * math.log2(count / len(bare)) for count in counts.values())
    return entropy >= LEAST_ENTROPY
