"""Rows of the rules about logins of data stores, rotation, and secrets in plain text."""

from __future__ import annotations

from typing import Final

from tests.policies.builders import DROP, Ref, SecretText, thing
from tests.policies.table import Break, Row

_DATABASE: Final = "aws:rds/instance:Instance"
_CACHE: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
_USER: Final = "aws:elasticache/user:User"
_SECRET: Final = "aws:secretsmanager/secret:Secret"
_ROTATION: Final = "aws:secretsmanager/secretRotation:SecretRotation"
_FUNCTION: Final = "aws:lambda/function:Function"
_TOKEN: Final = "ghp_" + "a1B2" * 9
_RANDOM: Final = "q8ZrT1vX5nLw3KcYb7Hs9DfGj2MpRa4EuWiOxQ6t"

ROWS: Final = (
    Row(
        "iam-rds-admin-name",
        (
            thing(_DATABASE, "postgres", engine="postgres", username="erp_owner"),
            thing(_DATABASE, "report", replicateSourceDb="postgres"),
        ),
        (
            Break(
                {"postgres.username": "postgres"},
                {"postgres": "username is postgres, which everybody tries first"},
            ),
            Break({"postgres.username": DROP}, {"postgres": "username is not set"}),
        ),
        unknown="postgres.username",
        # Promoted in place: engine and user are what they were at the source.
        also_holds=({"postgres.username": DROP, "postgres.engine": DROP},),
    ),
    Row(
        "iam-rds-password",
        (
            thing(_DATABASE, "postgres", passwordWo=SecretText("x" * 20)),
            thing(_DATABASE, "report", replicateSourceDb="postgres"),
            thing(_DATABASE, "test", manageMasterUserPassword=True),
        ),
        (
            Break(
                {"postgres.passwordWo": "x" * 20},
                {"postgres": "passwordWo is not marked as secret, so it lies in the state in clear"},
            ),
            Break(
                {"postgres.passwordWo": DROP},
                {"postgres": "it has neither a managed nor a generated password"},
            ),
            Break(
                {"test.manageMasterUserPassword": False},
                {"test": "it has neither a managed nor a generated password"},
            ),
        ),
        unknown="test.manageMasterUserPassword",
    ),
    Row(
        "iam-rds-iam-auth",
        (thing(_DATABASE, "postgres", iamDatabaseAuthenticationEnabled=True),),
        (
            Break(
                {"postgres.iamDatabaseAuthenticationEnabled": DROP},
                {"postgres": "iamDatabaseAuthenticationEnabled is not true"},
            ),
        ),
        unknown="postgres.iamDatabaseAuthenticationEnabled",
    ),
    Row(
        "iam-cache-auth",
        (
            thing(_CACHE, "cache", userGroupIds=[Ref("users", "userGroupId")]),
            thing("aws:elasticache/userGroup:UserGroup", "users", userGroupId="app"),
        ),
        (
            Break(
                {"cache.userGroupIds": DROP},
                {"cache": "it has neither a user group nor a token, so whoever reaches it may read it"},
            ),
            Break(
                {"cache.userGroupIds": [], "cache.authToken": "x" * 20},
                {"cache": "authToken is not marked as secret, so it lies in the state in clear"},
            ),
        ),
        unknown=None,
        also_holds=({"cache.userGroupIds": DROP, "cache.authToken": SecretText("x" * 20)},),
    ),
    Row(
        "iam-cache-users",
        (thing(_USER, "app", accessString="on ~* +@all", passwords=[SecretText("x" * 20)]),),
        (
            Break({"app.passwords": DROP}, {"app": "it is on and has no password"}),
            Break(
                {"app.passwords": DROP, "app.noPasswordRequired": True},
                {"app": "it is on and needs no password"},
            ),
            Break(
                {"app.passwords": ["x" * 20]},
                {"app": "passwords is not marked as secret, so it lies in the state in clear"},
            ),
        ),
        unknown="app.accessString",
        also_holds=(
            {"app.accessString": "off ~keys* -@all", "app.passwords": DROP, "app.noPasswordRequired": True},
        ),
    ),
    Row(
        "iam-opensearch-fgac",
        (thing("aws:opensearch/domain:Domain", "logs", advancedSecurityOptions={"enabled": True}),),
        (
            Break(
                {"logs.advancedSecurityOptions": DROP},
                {"logs": "advancedSecurityOptions.enabled is not true"},
            ),
            Break(
                {"logs.advancedSecurityOptions.anonymousAuthEnabled": True},
                {"logs": "advancedSecurityOptions.anonymousAuthEnabled lets everyone in"},
            ),
        ),
        unknown="logs.advancedSecurityOptions.enabled",
    ),
    *(
        Row(
            "iam-secret-rotation",
            (
                thing(_SECRET, "master", name="fleet-erp/prod/database-master"),
                thing(
                    _ROTATION,
                    "rotation",
                    secretId=Ref("master", "arn"),
                    rotationRules={"automaticallyAfterDays": 90},
                ),
            ),
            (Break(edits, {"master": says}, aspect=aspect),),
            unknown="rotation.rotationRules.automaticallyAfterDays",
            unknown_at="master",
            also_holds=(
                {"rotation.rotationRules": {"scheduleExpression": "rate(30 days)"}},
                {"rotation.rotationRules": {"scheduleExpression": "cron(0 3 1 */2 ? *)"}},
            ),
        )
        for edits, says, aspect in (
            ({"rotation": DROP}, "nothing rotates it", "none"),
            ({"rotation.rotationRules.automaticallyAfterDays": 91}, "it is rotated every 91 days", "slow"),
            (
                {"rotation.rotationRules": {"scheduleExpression": "cron(0 3 1 */6 ? *)"}},
                "it is rotated every 186 days",
                "slow",
            ),
            (
                {"rotation.rotationRules": {"scheduleExpression": "cron(0 3 ? JAN MON *)"}},
                "nobody can tell how often it is rotated",
                "schedule",
            ),
            ({"rotation.rotationEnabled": False}, "its rotation is switched off", "off"),
        )
    ),
    Row(
        "iam-no-plaintext-secret",
        (
            thing(
                _FUNCTION, "refresh", environment={"variables": {"DB_SECRET_ARN": "arn:aws:secretsmanager:x"}}
            ),
            thing(_DATABASE, "postgres", password=SecretText("hunter2hunter2")),
        ),
        (
            Break(
                {"refresh.environment.variables.DB_PASSWORD": "hunter2hunter2"},
                {"refresh": "environment.variables.DB_PASSWORD holds DB_PASSWORD in clear"},
            ),
            Break(
                {"refresh.environment.variables.TOKENS": _TOKEN},
                {"refresh": "environment.variables.TOKENS holds a GitHub token"},
            ),
            Break(
                {"refresh.environment.variables.SETTING": _RANDOM},
                {"refresh": "environment.variables.SETTING holds a long random text"},
            ),
            Break({"postgres.password": "hunter2hunter2"}, {"postgres": "password holds password in clear"}),
        ),
        unknown=None,
    ),
    Row(
        "iam-no-plaintext-secret-elsewhere",
        (thing("aws:sns/topic:Topic", "alarms", displayName="Alarms"),),
        (
            Break(
                {"alarms.displayName": f"call with {_TOKEN}"},
                {"alarms": "displayName holds a GitHub token"},
            ),
            Break({"alarms.apiKey": "hunter2hunter2"}, {"alarms": "apiKey holds apiKey in clear"}),
        ),
        unknown=None,
    ),
    Row(
        "iam-opensearch-no-passwords",
        (
            thing(
                "aws:opensearch/domain:Domain",
                "logs",
                advancedSecurityOptions={
                    "enabled": True,
                    "internalUserDatabaseEnabled": False,
                    "masterUserOptions": {"masterUserArn": "arn:aws:iam::111122223333:role/logs-admin"},
                },
            ),
        ),
        (
            Break(
                {"logs.advancedSecurityOptions.internalUserDatabaseEnabled": True},
                {"logs": "advancedSecurityOptions.internalUserDatabaseEnabled is true"},
            ),
            Break(
                {
                    "logs.advancedSecurityOptions.masterUserOptions": {
                        "masterUserName": "admin",
                        "masterUserPassword": SecretText("correct-horse-battery"),
                    }
                },
                {
                    "logs": (
                        "advancedSecurityOptions.masterUserOptions.masterUserName is set",
                        "advancedSecurityOptions.masterUserOptions.masterUserPassword is set",
                    )
                },
            ),
        ),
        unknown="logs.advancedSecurityOptions.internalUserDatabaseEnabled",
        also_holds=({"logs.advancedSecurityOptions.internalUserDatabaseEnabled": DROP},),
    ),
)
