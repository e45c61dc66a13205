"""The web application firewall in front of the load balancer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.aws.tokens import LOAD_BALANCERS, WEB_ACL_ASSOCIATIONS, WEB_ACL_RULES, WEB_ACLS
from policies.framework import (
    Block,
    Controls,
    Findings,
    Graph,
    Level,
    NotJudged,
    ResourceView,
    Setting,
    Settings,
    Severity,
    joined_rule,
    mandatory_in,
    resource_rule,
)

_MANAGED: Final = {
    "AWSManagedRulesCommonRuleSet": "cross-site scripting and the rest of the OWASP top ten",
    "AWSManagedRulesSQLiRuleSet": "SQL injection",
    "AWSManagedRulesKnownBadInputsRuleSet": "known bad inputs",
}
_DEFAULT_WINDOW_SECONDS: Final = 300


@joined_rule(
    "net-waf-attached",
    subjects=LOAD_BALANCERS,
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "staging", "dr"),
    controls=Controls(("ELB.16",), ("CKV2_AWS_28",), ("SEC-08", "POL-03"), ("8(5)",)),
    remedy="Declare wafv2.WebAclAssociation(resource_arn=<the load balancer's ARN>, web_acl_arn=…).",
)
def waf_attached(balancer: ResourceView, graph: Graph) -> Findings:
    """Every internet-facing application load balancer has a web ACL."""
    if balancer.flag("internal") or balancer.text("loadBalancerType", "application") != "application":
        return
    associations = graph.attached(balancer, "resourceArn", *WEB_ACL_ASSOCIATIONS)
    if not associations:
        yield "no web ACL is associated with it"
    for association in associations:
        if not association.link("webAclArn").targets(*WEB_ACLS):
            yield association.finding("the association names a web ACL that this stack does not declare")


@resource_rule(
    "net-alb-waf-fail-closed",
    subjects=LOAD_BALANCERS,
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging", "dr"),
    controls=Controls((), (), ("SEC-08", "POL-03")),
    remedy="Take enable_waf_fail_open out: false is the default.",
)
def alb_waf_fail_closed(balancer: ResourceView) -> Findings:
    """What the firewall could not look at does not pass."""
    if balancer.flag("enableWafFailOpen"):
        yield "enableWafFailOpen is true"


def _rules(acl: ResourceView, graph: Graph) -> Iterator[Block]:
    """Give the rules of a web ACL, inline and separate. Raises NotJudged for rules written as JSON."""
    if acl.has("ruleJson"):
        raise NotJudged("the rules are in ruleJson: write them as rules", acl)
    yield from acl.blocks("rules")
    yield from graph.attached(acl, "webAclArn", *WEB_ACL_RULES)


@joined_rule(
    "net-waf-rules",
    subjects=(*WEB_ACLS, *WEB_ACL_RULES),
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "dr"),
    controls=Controls(
        ("WAF.10",),
        ("CKV_AWS_175", "CKV_AWS_192", "CKV_AWS_342", "CKV2_AWS_76"),
        ("SEC-08", "POL-03"),
        ("8(5)",),
    ),
    remedy="Add the managed groups Common, SQLi, KnownBadInputs override none, and a blocking rate rule.",
    settings={
        "countedRules": Setting(
            ["SizeRestrictions_BODY", "CrossSiteScripting_BODY", "NoUserAgent_HEADER"],
            "Rules of managed groups that may only count, because rules of our own block their labels.",
        )
    },
)
def waf_rules(acl: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """The web ACL blocks attacks with AWS's managed groups, and floods with a rate rule."""
    if acl.type in WEB_ACL_RULES:
        return
    managed: dict[str, Block] = {}
    rated = False
    for rule in _rules(acl, graph):
        group = rule.block("statement.managedRuleGroupStatement")
        if group.text("vendorName") == "AWS":
            managed[group.text("name")] = rule
        rated |= rule.has("statement.rateBasedStatement") and rule.has("action.block")
    for name, what in _MANAGED.items():
        rule = managed.get(name)
        if rule is None:
            yield f"the managed group {name} is missing, which stops {what}"
            continue
        if rule.has("overrideAction.count"):
            yield f"the managed group {name} only counts"
        for override in rule.blocks("statement.managedRuleGroupStatement.ruleActionOverrides"):
            counted = override.text("name")
            if not override.has("actionToUse.block") and counted not in settings["countedRules"]:
                yield f"the managed group {name} does not block on {counted}"
    if not rated:
        yield "no rate rule blocks floods"


@joined_rule(
    "net-waf-rate-fits-fleet",
    subjects=(*WEB_ACLS, *WEB_ACL_RULES),
    severity=Severity.HIGH,
    levels={**mandatory_in("prod", "dr", otherwise=Level.DISABLED), "staging": Level.ADVISORY},
    controls=Controls((), (), ("LOAD-02", "SEC-08", "POL-03")),
    remedy="Derive the limit of the GPS path from the load: peak vehicles / seconds x window x margin.",
    settings={
        "peakVehicles": Setting(2000, "Vehicles that send in one peak interval (LOAD-02)."),
        "peakIntervalSeconds": Setting(30, "The peak interval."),
        "margin": Setting(2, "How many times the peak must fit."),
        "ceilingPer5Minutes": Setting(200_000, "What no limit may exceed, in requests per 5 minutes."),
        "fleetMarker": Setting("gps", "What the host or path of the fleet's requests contains."),
    },
)
def waf_rate_fits_fleet(acl: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """Rate rules let the whole fleet through at its peak, and still stop a flood.

    Behind one fleet gateway all vehicles have one address: the usual limit of a web application would lock it
    out within seconds. A rule that leaves the fleet's host or path out may be as strict as it likes.
    """
    if acl.type in WEB_ACL_RULES:
        return
    fleet_rules = 0
    for rule in _rules(acl, graph):
        rate = rule.block("statement.rateBasedStatement")
        if not rule.has("statement.rateBasedStatement"):
            continue
        window = float(rate.number("evaluationWindowSec") or _DEFAULT_WINDOW_SECONDS)
        limit = float(rate.number("limit") or 0)
        name = rule.text("name", "a rate rule")
        ceiling = settings["ceilingPer5Minutes"] * window / _DEFAULT_WINDOW_SECONDS
        if limit > ceiling:
            yield f"{name} allows {limit:,.0f} requests in {window:.0f} s, more than {ceiling:,.0f}"
        if not _is_about_fleet(rate.get("scopeDownStatement"), settings["fleetMarker"]):
            continue
        fleet_rules += 1
        peak = settings["peakVehicles"] / settings["peakIntervalSeconds"] * window
        if limit < peak * settings["margin"]:
            yield (
                f"{name} allows {limit:,.0f} requests in {window:.0f} s, but the fleet sends {peak:,.0f}"
                f" at its peak and needs {peak * settings['margin']:,.0f}"
            )
    if fleet_rules == 0:
        yield "no rate rule is about the fleet's requests"


def _is_about_fleet(scope: Any, marker: str) -> bool:  # noqa: ANN401  (any JSON value)
    """Whether requests of the fleet can fall under a scope: no scope, or one that names it."""
    named = list(_search_texts(scope, negated=False))
    if not named:
        return True
    if any(marker in text.lower() for text, negated in named if negated):
        return False
    positive = [text for text, negated in named if not negated]
    return not positive or any(marker in text.lower() for text in positive)


def _search_texts(tree: Any, *, negated: bool) -> Iterator[tuple[str, bool]]:  # noqa: ANN401  (any JSON value)
    """Give every text a scope looks for, and whether it is excluded."""
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            if name in {"searchString", "regexString"} and isinstance(value, str):
                yield value, negated
            else:
                yield from _search_texts(value, negated=negated != (name == "notStatement"))
    elif isinstance(tree, list):
        for value in tree:
            yield from _search_texts(value, negated=negated)
