"""Make the search domain what a plan says, or look whether it keeps logs as long as the plan says.

Runs in jobs of the cluster, in the operators' image, with the standard library and botocore:

    python3 search_setup.py apply --plan plan.json --endpoint HOST --region REGION --role MASTER_ROLE_ARN
    python3 search_setup.py check --plan plan.json --endpoint HOST --region REGION

`apply` signs as the domain's master, a role that only this job's own role may take. What is as it should be
is left alone, so a second run changes nothing. A policy of an earlier retention gives its indices to the
new one and goes.

`check` signs as the job's own role, which reads settings of indices and no document. It fails, and with it
the job, when an index is older than it may be, has no policy or another one, or hangs in it, and when no
index is new: then no logs arrive.
"""

from __future__ import annotations

import argparse
import json
import re
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

REQUEST_SECONDS: Final = 20
PAUSE_SECONDS: Final = 5
NOT_FOUND: Final = 404
FORBIDDEN: Final = (401, 403)
SERVER_ERROR: Final = 500
TOO_MANY: Final = 429
DAY_MILLISECONDS: Final = 86_400_000
OUR_POLICY: Final = re.compile(r"retain-\d+d")
SERVICE: Final = "es"
POLICIES: Final = "_plugins/_ism/policies"
SECURITY: Final = "_plugins/_security/api"

Json = Any
Sign = Callable[[str, str, "bytes | None"], Mapping[str, str]]
"""Gives the headers of a request, by method, URL and body."""


class SearchError(Exception):
    """The domain is not, and cannot be made, what the plan says; the message says where."""


class _UnavailableError(Exception):
    """The domain may answer later."""


@dataclass(slots=True)
class Domain:
    """The domain's API, as whoever signs."""

    url: str
    sign: Sign
    wait_seconds: float
    context: ssl.SSLContext | None = None
    pause_seconds: float = PAUSE_SECONDS

    def get(self, *path: str, **query: str) -> Json:
        """Read something; None when it does not exist."""
        return self._send("GET", path, query, None)

    def put(self, *path: str, body: Json, **query: str) -> Json:
        """Make something, or change it."""
        return self._send("PUT", path, query, body)

    def post(self, *path: str, body: Json) -> Json:
        """Have something done."""
        return self._send("POST", path, {}, body)

    def delete(self, *path: str) -> None:
        """Take something away; gone is gone."""
        self._send("DELETE", path, {}, None)

    def _send(self, method: str, path: Sequence[str], query: Mapping[str, str], body: Json) -> Json:
        """Send a request, and again while the domain is not there. Raises SearchError when it refuses."""
        where = "/".join(quote(part, safe="*/") for part in path)
        url = f"{self.url}/{where}" + (f"?{urlencode(query)}" if query else "")
        deadline = time.monotonic() + self.wait_seconds
        while True:
            try:
                return self._once(method, url, None if body is None else json.dumps(body).encode())
            except _UnavailableError as error:
                if time.monotonic() + self.pause_seconds > deadline:
                    raise SearchError(
                        f"{self.url} did not answer for {self.wait_seconds:g} s: {error}"
                    ) from None
                time.sleep(self.pause_seconds)

    def _once(self, method: str, url: str, data: bytes | None) -> Json:
        request = urllib.request.Request(  # noqa: S310  (the scheme was checked by connect)
            url,
            method=method,
            data=data,
            headers={"Content-Type": "application/json", **self.sign(method, url, data)},
        )
        try:
            with urllib.request.urlopen(  # noqa: S310
                request, timeout=REQUEST_SECONDS, context=self.context
            ) as answer:
                text = answer.read()
                return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            return _refused(error, f"{method} {url.removeprefix(self.url)}")
        except urllib.error.URLError as error:
            if isinstance(error.reason, ssl.SSLCertVerificationError):
                raise SearchError(f"{self.url} shows a certificate that is not trusted: {error}") from None
            raise _UnavailableError(str(error.reason)) from None
        except (OSError, ValueError) as error:
            raise _UnavailableError(str(error)) from None


def _refused(error: urllib.error.HTTPError, what: str) -> Json:
    reason = error.read().decode(errors="replace")[:500]
    if error.code == NOT_FOUND:
        return None
    if error.code in FORBIDDEN:
        raise SearchError(f"the domain forbids {what}: {reason}") from None
    if error.code >= SERVER_ERROR or error.code == TOO_MANY:
        raise _UnavailableError(f"{what}: {error.code} {reason}") from None
    raise SearchError(f"the domain refuses {what}: {error.code} {reason}") from None


def connect(endpoint: str, *, sign: Sign, wait_seconds: float, plaintext: bool = False) -> Domain:
    """Prepare to speak to the domain at a host name, over TLS 1.2 or newer; `plaintext` is for tests."""
    if plaintext:
        return Domain(url=f"http://{endpoint}", sign=sign, wait_seconds=wait_seconds, pause_seconds=0.05)
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return Domain(url=f"https://{endpoint}", sign=sign, wait_seconds=wait_seconds, context=context)


def contains(found: Json, wanted: Json) -> bool:
    """Whether everything wanted is there: members of objects, lists element by element.

    OpenSearch gives back more than it was given: versions, times, defaults.
    """
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            name in found and contains(found[name], value) for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(found) == len(wanted)
            and all(contains(one, other) for one, other in zip(found, wanted, strict=True))
        )
    return found == wanted


@dataclass(slots=True)
class Setup:
    """Applies a plan, and counts what it had to change."""

    domain: Domain
    plan: Mapping[str, Json]
    say: Callable[[str], None] = print
    changes: int = 0

    def apply(self) -> int:
        """Make everything; give the number of changes. Raises SearchError."""
        self._template()
        renewed = self._policy()
        self._attach(renewed=renewed)
        for name, wanted in self.plan["roles"].items():
            self._security("roles", name, wanted)
        # Who may write comes last: the first index finds its template and its policy.
        for name, wanted in self.plan["mappings"].items():
            self._security("rolesmapping", name, wanted)
        return self.changes

    def _changed(self, what: str) -> None:
        self.changes += 1
        self.say(f"search-setup: {what}")

    def _template(self) -> None:
        name, wanted = self.plan["template"]["name"], self.plan["template"]["body"]
        found = self.domain.get("_index_template", name) or {"index_templates": []}
        if not any(contains(each.get("index_template"), wanted) for each in found["index_templates"]):
            self._put(f"index template {name}", "_index_template", name, body=wanted)

    def _policy(self) -> bool:
        """Make the policy and take earlier ones away; say whether it is another than before.

        OpenSearch refuses two policies with the same pattern and priority, so the earlier one goes first.
        What it manages goes on by the copy that each index has, until `_attach` gives it the new one.
        """
        name, wanted = self.plan["policy"]["name"], self.plan["policy"]["body"]
        found = self.domain.get(POLICIES, name)
        if found is not None and contains(found, wanted):
            return False
        for other in self._other_policies(name):
            self.domain.delete(POLICIES, other)
            self._changed(f"retention policy {other} taken away")
        version = (
            {}
            if found is None
            else {"if_seq_no": str(found["_seq_no"]), "if_primary_term": str(found["_primary_term"])}
        )
        self._put(f"retention policy {name}", POLICIES, name, body=wanted, **version)
        return True

    def _other_policies(self, name: str) -> Iterator[str]:
        for each in (self.domain.get(POLICIES) or {}).get("policies", ()):
            other = each.get("_id", "")
            if other != name and OUR_POLICY.fullmatch(other):
                yield other

    def _attach(self, *, renewed: bool) -> None:
        """Give existing indices the policy: by itself it takes only those made after it."""
        name = self.plan["policy"]["name"]
        for index, managed in managed_indices(self.domain, self.plan["pattern"]).items():
            current = policy_of(managed)
            if current is None:
                self._manage("add", index, name)
            elif current != name or renewed:
                self._manage("change_policy", index, name)

    def _manage(self, verb: str, index: str, policy: str) -> None:
        answer = self.domain.post("_plugins/_ism", verb, index, body={"policy_id": policy}) or {}
        if answer.get("failures") or not answer.get("updated_indices"):
            reasons = [each.get("reason") for each in answer.get("failed_indices", ())]
            raise SearchError(f"{index} does not get the policy {policy}: {reasons or answer}")
        self._changed(f"{index} is kept by {policy}")

    def _security(self, kind: str, name: str, wanted: Json) -> None:
        found = self.domain.get(SECURITY, kind, name) or {}
        if not contains(found.get(name), wanted):
            self._put(f"{kind} {name}", SECURITY, kind, name, body=wanted)

    def _put(self, what: str, *path: str, body: Json, **query: str) -> None:
        if self.domain.put(*path, body=body, **query) is None:
            raise SearchError(f"the domain knows no {'/'.join(path)}: its version lacks the plugin")
        self._changed(f"{what} set")


def managed_indices(domain: Domain, pattern: str) -> dict[str, Json]:
    """Give what index state management says of each index of the pattern, unmanaged ones among them."""
    explained = domain.get("_plugins/_ism/explain", pattern) or {}
    return {index: told for index, told in sorted(explained.items()) if isinstance(told, dict)}


def policy_of(managed: Mapping[str, Json]) -> str | None:
    """Give the policy of an index; None when it has none."""
    return managed.get("index.plugins.index_state_management.policy_id") or managed.get("policy_id")


def problems(domain: Domain, plan: Mapping[str, Json], *, now_ms: int) -> list[str]:
    """Say in what way logs are not kept as planned; an empty list when they are."""
    pattern, name = plan["pattern"], plan["policy"]["name"]
    made = _creation_times(domain, pattern)
    longest = plan["retention_days"] + plan["grace_days"]
    found = [
        f"{index} is {(now_ms - when) // DAY_MILLISECONDS} days old, kept for {plan['retention_days']}"
        for index, when in sorted(made.items())
        if now_ms - when > longest * DAY_MILLISECONDS
    ]
    managed = managed_indices(domain, pattern)
    for index in sorted(made):
        told = managed.get(index, {})
        policy = policy_of(told)
        if policy != name:
            found.append(f"{index} has {policy or 'no policy'}, not {name}")
        elif told.get("retry_info", {}).get("failed") or told.get("action", {}).get("failed"):
            found.append(f"{index} hangs in {name}: {told.get('info', {}).get('message', 'no reason')}")
        elif told.get("enabled") is False:
            found.append(f"{index} is no longer managed by {name}, which is switched off for it")
    if not made or now_ms - max(made.values()) > plan["silent_days"] * DAY_MILLISECONDS:
        found.append(f"no index of {pattern} is new: for {plan['silent_days']} days no logs have arrived")
    return found


def _creation_times(domain: Domain, pattern: str) -> dict[str, int]:
    settings = domain.get(pattern, "_settings", "index.creation_date", flat_settings="true") or {}
    return {index: int(each["settings"]["index.creation_date"]) for index, each in settings.items()}


def signer(region: str, role_arn: str | None) -> Sign:
    """Sign as the job's own role or, given one, as a role that it takes (Signature Version 4).

    botocore reads the token of the service account and renews what runs out.
    """
    from botocore.auth import SigV4Auth  # noqa: PLC0415  (what the rest of the script does needs no AWS)
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    session = Session()
    session.set_config_variable("region", region)
    if role_arn is not None:
        try:
            taken = session.create_client("sts", region_name=region).assume_role(
                RoleArn=role_arn, RoleSessionName="search-setup"
            )["Credentials"]
        except (BotoCoreError, ClientError) as error:
            raise SearchError(f"the role {role_arn} cannot be taken: {error}") from None
        session.set_credentials(taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"])
    identity = session.get_credentials()
    if identity is None:
        raise SearchError("nobody to sign as: the service account has no role")

    def sign(method: str, url: str, data: bytes | None) -> Mapping[str, str]:
        request = AWSRequest(method=method, url=url, data=data, headers={"Content-Type": "application/json"})
        SigV4Auth(identity, SERVICE, region).add_auth(request)
        return dict(request.headers.items())

    return sign


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the job; exits with a message on standard error when the domain is not as it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("mode", choices=("apply", "check"))
    parser.add_argument("--plan", type=Path, required=True, help="what there should be, as JSON")
    parser.add_argument("--endpoint", required=True, help="host name of the domain")
    parser.add_argument("--region", required=True)
    parser.add_argument("--role", help="role to take before speaking to the domain")
    parser.add_argument("--wait-seconds", type=float, default=300, help="how long the domain may be away")
    options = parser.parse_args(arguments)
    try:
        plan = json.loads(options.plan.read_text(encoding="utf-8"))
        domain = connect(
            options.endpoint, sign=signer(options.region, options.role), wait_seconds=options.wait_seconds
        )
        if options.mode == "apply":
            print(f"search-setup: {Setup(domain=domain, plan=plan).apply()} changes")
            return
        wrong = problems(domain, plan, now_ms=int(time.time() * 1000))
    except (OSError, KeyError, ValueError, SearchError) as error:
        sys.exit(f"search-setup: {error}")
    if wrong:
        sys.exit("\n".join(f"search-retention-check: {problem}" for problem in wrong))
    print("search-retention-check: logs are kept as planned")


if __name__ == "__main__":
    main()
