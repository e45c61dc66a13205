"""The rules of the web ACL, in the order in which they are asked (SEC-08, LOAD-02).

| rule | what it does | capacity |
|---|---|---|
| ip-reputation | addresses that AWS knows for attacks | 25 |
| refuse-internals | paths that nobody outside may reach, however they are spelled | 33 |
| fleet-rate | the GPS host: more than the whole fleet at its peak from one address | 14 |
| web-rate | everything else: more requests from one address than people make | 14 |
| common | OWASP top ten, among it cross-site scripting; three of its rules only label | 700 |
| known-bad-inputs | requests that exploit known holes | 200 |
| sql-injection | SQL in queries, bodies and cookies | 200 |
| large-body, script-in-body, no-user-agent | the labelled requests where they have no business | 73 |

The sum stays within the 1,500 units that cost nothing extra. AWS WAF sees the first 8 KB of a body.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pulumi_aws import wafv2

from ..naming import Naming
from ..settings.edge import FirewallSettings
from .rate_limits import WINDOW_SECONDS
from .routes import NOT_FOUND

MANAGED_VENDOR: Final = "AWS"
PRIORITY_STEP: Final = 10

REFUSED_PATTERN: Final = (
    r"^/(?:[a-z]{2,3}(?:[_@][a-z0-9@]+)?/)?(?:web/database|xmlrpc|jsonrpc|metrics)(?:/|$)"
)
"""The paths that the listener refuses, also behind a language prefix, which Odoo strips."""
CLEAN_PATH: Final = ("URL_DECODE", "NORMALIZE_PATH", "LOWERCASE")
"""What a path goes through before it is compared, so that `/web//%64atabase/` is no way around."""

ODOO_CONTENT_PATTERN: Final = (
    r"^/(?:web/(?:action|binary|dataset|export|pivot|view)|base_import|discuss|html_editor|mail|report"
    r"|web_editor)/"
)
"""Where Odoo itself sends large bodies and HTML: RPC calls, uploads, messages, reports."""
EXACT_PATH: Final = ("URL_DECODE", "NORMALIZE_PATH")

Statement = wafv2.WebAclRuleStatementArgs


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledRule:
    """A rule of the common group that only labels, and where the label still blocks.

    AWS spells rule and label differently: `SizeRestrictions_BODY`, `…:SizeRestrictions_Body`.
    """

    name: str
    managed_rule: str
    label: str
    odoo_may: bool
    """Whether Odoo's own paths are excepted."""
    fleet_may: bool
    """Whether the GPS host is excepted."""


LABEL_NAMESPACE: Final = "awswaf:managed:aws:core-rule-set"
LABELLED: Final = (
    # Attachments and large RPC calls; batches of positions from a gateway.
    LabelledRule(
        name="large-body",
        managed_rule="SizeRestrictions_BODY",
        label=f"{LABEL_NAMESPACE}:SizeRestrictions_Body",
        odoo_may=True,
        fleet_may=True,
    ),
    # HTML fields and messages.
    LabelledRule(
        name="script-in-body",
        managed_rule="CrossSiteScripting_BODY",
        label=f"{LABEL_NAMESPACE}:CrossSiteScripting_Body",
        odoo_may=True,
        fleet_may=False,
    ),
    # Trackers send no User-Agent.
    LabelledRule(
        name="no-user-agent",
        managed_rule="NoUserAgent_HEADER",
        label=f"{LABEL_NAMESPACE}:NoUserAgent_Header",
        odoo_may=False,
        fleet_may=True,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A rule without its priority: `override` for a managed group, `action` for a rule of our own."""

    name: str
    statement: Statement
    action: wafv2.WebAclRuleActionArgs | None = None
    override: wafv2.WebAclRuleOverrideActionArgs | None = None


def firewall_rules(
    *, settings: FirewallSettings, naming: Naming, gps_hostname: str, fleet_limit: int
) -> list[wafv2.WebAclRuleArgs]:
    """Give the rules with their priorities.

    `count_only` turns the managed groups, and the rules that act on their labels, into counters; refusals
    and rates hold always. `fleet_limit` is in requests per window and address.
    """
    override = _override(count_only=settings.count_only)
    labelled_action = _count() if settings.count_only else _block()
    fleet = _scope_host(gps_hostname)
    drafts = [
        _managed("ip-reputation", "AWSManagedRulesAmazonIpReputationList", override),
        _Draft(
            name="refuse-internals", statement=_path_matches(REFUSED_PATTERN, CLEAN_PATH), action=_not_found()
        ),
        _Draft(name="fleet-rate", statement=_rate(fleet_limit, fleet), action=_block()),
        _Draft(
            name="web-rate",
            statement=_rate(settings.web_requests_per_5_minutes, _scope_not(fleet)),
            action=_block(),
        ),
        _managed(
            "common",
            "AWSManagedRulesCommonRuleSet",
            override,
            only_label=tuple(rule.managed_rule for rule in LABELLED),
        ),
        _managed("known-bad-inputs", "AWSManagedRulesKnownBadInputsRuleSet", override),
        _managed("sql-injection", "AWSManagedRulesSQLiRuleSet", override),
        *(
            _Draft(name=rule.name, statement=_labelled(rule, gps_hostname), action=labelled_action)
            for rule in LABELLED
        ),
    ]
    return [
        wafv2.WebAclRuleArgs(
            name=draft.name,
            priority=position * PRIORITY_STEP,
            action=draft.action,
            override_action=draft.override,
            statement=draft.statement,
            visibility_config=wafv2.WebAclRuleVisibilityConfigArgs(
                cloudwatch_metrics_enabled=True,
                sampled_requests_enabled=True,
                metric_name=f"{naming.prefix}-{draft.name}",
            ),
        )
        for position, draft in enumerate(drafts, start=1)
    ]


def _managed(
    name: str, group: str, override: wafv2.WebAclRuleOverrideActionArgs, *, only_label: tuple[str, ...] = ()
) -> _Draft:
    statement = wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs(
        vendor_name=MANAGED_VENDOR,
        name=group,
        rule_action_overrides=[_counted(rule) for rule in only_label] or None,
    )
    return _Draft(name=name, statement=Statement(managed_rule_group_statement=statement), override=override)


def _override(*, count_only: bool) -> wafv2.WebAclRuleOverrideActionArgs:
    if count_only:
        return wafv2.WebAclRuleOverrideActionArgs(count=wafv2.WebAclRuleOverrideActionCountArgs())
    return wafv2.WebAclRuleOverrideActionArgs(none=wafv2.WebAclRuleOverrideActionNoneArgs())


def _counted(rule: str) -> wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs:
    return wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs(
        name=rule,
        action_to_use=wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs(
            count=wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs()
        ),
    )


def _block() -> wafv2.WebAclRuleActionArgs:
    return wafv2.WebAclRuleActionArgs(block=wafv2.WebAclRuleActionBlockArgs())


def _count() -> wafv2.WebAclRuleActionArgs:
    return wafv2.WebAclRuleActionArgs(count=wafv2.WebAclRuleActionCountArgs())


def _not_found() -> wafv2.WebAclRuleActionArgs:
    # The answer of the listener, so that nobody learns which of the two refused.
    answer = wafv2.WebAclRuleActionBlockCustomResponseArgs(response_code=NOT_FOUND)
    return wafv2.WebAclRuleActionArgs(block=wafv2.WebAclRuleActionBlockArgs(custom_response=answer))


def _path_matches(pattern: str, transformations: tuple[str, ...]) -> Statement:
    return Statement(
        regex_match_statement=wafv2.WebAclRuleStatementRegexMatchStatementArgs(
            regex_string=pattern,
            field_to_match=wafv2.WebAclRuleStatementRegexMatchStatementFieldToMatchArgs(
                uri_path=wafv2.WebAclRuleStatementRegexMatchStatementFieldToMatchUriPathArgs()
            ),
            text_transformations=[
                wafv2.WebAclRuleStatementRegexMatchStatementTextTransformationArgs(
                    priority=position, type=kind
                )
                for position, kind in enumerate(transformations)
            ],
        )
    )


def _labelled(rule: LabelledRule, gps_hostname: str) -> Statement:
    label = wafv2.WebAclRuleStatementLabelMatchStatementArgs(scope="LABEL", key=rule.label)
    excepted = []
    if rule.odoo_may:
        excepted.append(_path_matches(ODOO_CONTENT_PATTERN, EXACT_PATH))
    if rule.fleet_may:
        excepted.append(_host(gps_hostname))
    return Statement(
        and_statement=wafv2.WebAclRuleStatementAndStatementArgs(
            statements=[Statement(label_match_statement=label), *(_not(statement) for statement in excepted)]
        )
    )


def _not(statement: Statement) -> Statement:
    return Statement(not_statement=wafv2.WebAclRuleStatementNotStatementArgs(statement=statement))


def _host(hostname: str) -> Statement:
    # Begins with, because a client may add the port; who puts more behind it gets the listener's 404.
    return Statement(
        byte_match_statement=wafv2.WebAclRuleStatementByteMatchStatementArgs(
            search_string=hostname,
            positional_constraint="STARTS_WITH",
            field_to_match=wafv2.WebAclRuleStatementByteMatchStatementFieldToMatchArgs(
                single_header=wafv2.WebAclRuleStatementByteMatchStatementFieldToMatchSingleHeaderArgs(
                    name="host"
                )
            ),
            text_transformations=[
                wafv2.WebAclRuleStatementByteMatchStatementTextTransformationArgs(
                    priority=0, type="LOWERCASE"
                )
            ],
        )
    )


Scope = wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementArgs


def _rate(limit: int, scope: Scope) -> Statement:
    return Statement(
        rate_based_statement=wafv2.WebAclRuleStatementRateBasedStatementArgs(
            limit=limit,
            aggregate_key_type="IP",
            evaluation_window_sec=WINDOW_SECONDS,
            scope_down_statement=scope,
        )
    )


def _scope_host(hostname: str) -> Scope:
    return Scope(
        byte_match_statement=wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementByteMatchStatementArgs(
            search_string=hostname,
            positional_constraint="STARTS_WITH",
            field_to_match=wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementByteMatchStatementFieldToMatchArgs(
                single_header=wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementByteMatchStatementFieldToMatchSingleHeaderArgs(
                    name="host"
                )
            ),
            text_transformations=[
                wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementByteMatchStatementTextTransformationArgs(
                    priority=0, type="LOWERCASE"
                )
            ],
        )
    )


def _scope_not(scope: Scope) -> Scope:
    return Scope(
        not_statement=wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementNotStatementArgs(
            statement=scope
        )
    )
