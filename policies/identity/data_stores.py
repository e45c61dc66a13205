"""How data stores tell who calls."""

from __future__ import annotations

from typing import Final

from policies.aws.databases import is_promoted
from policies.aws.tokens import CACHES, DATABASE_CLUSTERS, DATABASES, SEARCH_DOMAINS, SERVERLESS_CACHES
from policies.framework import (
    Controls,
    Findings,
    ResourceView,
    Severity,
    advisory_in,
    everywhere,
    resource_rule,
)
from policies.framework.environments import ENVIRONMENTS

CACHE_USERS: Final = ("aws:elasticache/user:User",)
_OBVIOUS: Final = frozenset(
    {"admin", "administrator", "awsuser", "dbadmin", "master", "mysql", "postgres", "rdsadmin", "root", "sa"}
)
_PASSWORDS: Final = ("password", "passwordWo", "masterPassword", "masterPasswordWo")


def _copies(database: ResourceView) -> bool:
    """Whether users and passwords come from another database."""
    return any(
        database.has(path)
        for path in (
            "replicateSourceDb",
            "replicationSourceIdentifier",
            "snapshotIdentifier",
            "restoreToPointInTime",
        )
    )


@resource_rule(
    "iam-rds-admin-name",
    subjects=(*DATABASES, *DATABASE_CLUSTERS),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls(("RDS.25",), (), ("SEC-02",)),
    remedy="Give a name that nobody guesses; it is fixed when the database is made.",
)
def rds_admin_name(database: ResourceView) -> Findings:
    """The database's administrator has a name of its own; a promoted replica keeps its source's."""
    if _copies(database) or is_promoted(database):
        return
    path = "masterUsername" if database.type in DATABASE_CLUSTERS else "username"
    name = database.text(path)
    if not name:
        yield f"{path} is not set"
    elif name.lower() in _OBVIOUS:
        yield f"{path} is {name}, which everybody tries first"


@resource_rule(
    "iam-rds-password",
    subjects=(*DATABASES, *DATABASE_CLUSTERS),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_211",), ("SEC-02",), ("8(5)",)),
    remedy=(
        "Set manage_master_user_password=True, or password_wo from infra.data.Credentials, which generates it"
        " and keeps it in Secrets Manager."
    ),
    exemptible=False,
)
def rds_password(database: ResourceView) -> Findings:
    """The administrator's password is managed by RDS or a generated secret, never a text in the program."""
    given = [path for path in _PASSWORDS if database.has(path)]
    for path in given:
        if not database.is_secret(path):
            yield f"{path} is not marked as secret, so it lies in the state in clear"
    managed = database.has("manageMasterUserPassword") and database.flag("manageMasterUserPassword")
    if not given and not managed and not _copies(database):
        yield "it has neither a managed nor a generated password"


@resource_rule(
    "iam-rds-iam-auth",
    subjects=(*DATABASES, *DATABASE_CLUSTERS),
    severity=Severity.LOW,
    levels=advisory_in(*ENVIRONMENTS),
    controls=Controls(("RDS.10",), ("CKV_AWS_161",), ("SEC-02",)),
    remedy="Set iam_database_authentication_enabled=True, so that people sign in with their role.",
)
def rds_iam_auth(database: ResourceView) -> Findings:
    """People can sign in to the database with their IAM role.

    Advisory: Odoo itself connects with a password.
    """
    if not database.flag("iamDatabaseAuthenticationEnabled"):
        yield "iamDatabaseAuthenticationEnabled is not true"


@resource_rule(
    "iam-cache-auth",
    subjects=(*CACHES, *SERVERLESS_CACHES),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("ElastiCache.6",), ("CKV_AWS_31",), ("SEC-02", "SEC-14"), ("8(5)",)),
    remedy="Set user_group_ids to a group whose users have passwords.",
)
def cache_auth(cache: ResourceView) -> Findings:
    """The cache asks for a user or a token; a token is a secret."""
    token = next((path for path in ("authToken", "authTokenWo") if cache.has(path)), None)
    # Known ids of groups are not needed: that some are given is what counts.
    groups = cache.is_unknown("userGroupIds") or cache.has("userGroupId")
    if not groups and cache.has("userGroupIds"):
        groups = bool(cache.links("userGroupIds"))
    if not token and not groups:
        yield "it has neither a user group nor a token, so whoever reaches it may read it"
    if token and not cache.is_secret(token):
        yield f"{token} is not marked as secret, so it lies in the state in clear"


@resource_rule(
    "iam-cache-users",
    subjects=CACHE_USERS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("ElastiCache.6",), (), ("SEC-02", "SEC-14")),
    remedy="Give the user a generated password, or switch it off with access_string='off ~keys* -@all'.",
)
def cache_users(user: ResourceView) -> Findings:
    """Every user of the cache has a password, or is off."""
    off = user.text("accessString").split()[:1] == ["off"]
    kind = user.text("authenticationMode.type").lower()
    open_door = user.flag("noPasswordRequired") or kind == "no-password-required"
    given = any(user.has(path) for path in ("passwords", "passwordsWo", "authenticationMode.passwords"))
    if open_door and not off:
        yield "it is on and needs no password"
    elif not open_door and not given and kind not in {"iam"} and not off:
        yield "it is on and has no password"
    for path in ("passwords", "passwordsWo", "authenticationMode.passwords"):
        if user.has(path) and not _all_secret(user, path):
            yield f"{path} is not marked as secret, so it lies in the state in clear"


def _all_secret(user: ResourceView, path: str) -> bool:
    if user.is_secret(path):
        return True
    entries = len(user.links(path)) if not user.is_unknown(path) else 0
    return bool(entries) and all(user.is_secret(f"{path}.{at}") for at in range(entries))


@resource_rule(
    "iam-opensearch-fgac",
    subjects=SEARCH_DOMAINS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("Opensearch.7",), ("CKV2_AWS_52",), ("SEC-14", "SEC-03"), ("8(5)",)),
    remedy="Set advanced_security_options with enabled=True and a master user; it needs encryption, HTTPS.",
)
def opensearch_fgac(domain: ResourceView) -> Findings:
    """The search domain decides itself who reads which index."""
    if not domain.flag("advancedSecurityOptions.enabled"):
        yield "advancedSecurityOptions.enabled is not true"
    if domain.flag("advancedSecurityOptions.anonymousAuthEnabled"):
        yield "advancedSecurityOptions.anonymousAuthEnabled lets everyone in"


@resource_rule(
    "iam-opensearch-no-passwords",
    subjects=SEARCH_DOMAINS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-02", "SEC-03")),
    remedy="Set internal_user_database_enabled=False, and master_user_options with master_user_arn alone.",
)
def opensearch_no_passwords(domain: ResourceView) -> Findings:
    """The search domain keeps no users with passwords: callers are roles, which sign their requests."""
    if domain.flag("advancedSecurityOptions.internalUserDatabaseEnabled"):
        yield "advancedSecurityOptions.internalUserDatabaseEnabled is true"
    for name in ("masterUserName", "masterUserPassword"):
        if domain.has(f"advancedSecurityOptions.masterUserOptions.{name}"):
            yield f"advancedSecurityOptions.masterUserOptions.{name} is set"
