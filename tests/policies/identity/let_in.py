"""Rows that every rule about who is let in by a resource's policy shares."""

from __future__ import annotations

from tests.policies.builders import ACCOUNT_ID, thing
from tests.policies.identity.fixtures import (
    AWS,
    EVERYONE,
    FOREIGN,
    FOREIGN_ACCOUNT,
    OURS,
    ROOT,
    SAME_ACCOUNT,
    allow,
    ours,
    text,
)
from tests.policies.table import Break, Row


def let_in_rows(
    rule: str,
    token: str,
    what: str,
    action: str,
    *,
    path: str = "policy",
    resource: str = "*",
    foreign: str = "foreign",
) -> tuple[Row, Row]:
    """Give the rows of a rule that lets in neither everyone nor another account.

    `foreign` is the aspect of a finding about an account of a known number.
    """
    good = allow(action, resource, Principal=OURS)
    things = (AWS, ours(thing(token, "it", **{path: text(good)})))
    at = f"it.{path}"
    given = f"statement Given of the {what}"
    to_service = allow(
        action, resource, Principal={"Service": "events.amazonaws.com"}, Condition=SAME_ACCOUNT
    )
    return (
        Row(
            rule,
            things,
            (
                Break(
                    {at: text({**good, "Principal": "*"})},
                    {"it": f"{given} lets everyone in"},
                    aspect="public",
                ),
                Break(
                    {at: text({**good, "Principal": ["*"]})},
                    {"it": f"{given} lets everyone in"},
                    aspect="public",
                ),
                Break(
                    {at: text({**good, "Principal": {"AWS": [ROOT, "*"]}})},
                    {"it": f"{given} lets everyone in"},
                    aspect="public",
                ),
                Break(
                    {
                        at: text(
                            {
                                **good,
                                "Principal": EVERYONE,
                                "Condition": {"StringLike": {"aws:PrincipalArn": "*"}},
                            }
                        )
                    },
                    {"it": f"{given} lets everyone in"},
                    aspect="public",
                ),
                Break(
                    {
                        at: text(
                            {
                                **good,
                                "Principal": EVERYONE,
                                "Condition": {"StringEqualsIfExists": {"aws:PrincipalAccount": ACCOUNT_ID}},
                            }
                        )
                    },
                    {"it": f"{given} lets everyone in"},
                    aspect="public",
                ),
            ),
            unknown=at,
            also_holds=(
                {at: text({**good, "Principal": {"AWS": ACCOUNT_ID}})},
                {at: text({**good, "Principal": "*", "Effect": "Deny"})},
                {
                    at: text(
                        {
                            **good,
                            "Principal": "*",
                            "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT_ID}},
                        }
                    )
                },
                {at: text(to_service)},
            ),
        ),
        Row(
            rule,
            things,
            (
                Break(
                    {at: text({**good, "Principal": {"AWS": [ROOT, FOREIGN]}})},
                    {"it": f"{given} lets in account {FOREIGN_ACCOUNT}"},
                    aspect=foreign,
                ),
                Break(
                    {
                        at: text(
                            {
                                **good,
                                "Principal": "*",
                                "Condition": {"StringEquals": {"aws:PrincipalAccount": FOREIGN_ACCOUNT}},
                            }
                        )
                    },
                    {"it": f"{given} lets in account {FOREIGN_ACCOUNT}"},
                    aspect=foreign,
                ),
                Break(
                    {at: text({**good, "Principal": {"AWS": "AROAEXAMPLE"}})},
                    {"it": f"{given} lets in AROAEXAMPLE, whose account nobody can tell"},
                    aspect="foreign",
                ),
            ),
            unknown=at,
        ),
    )
