"""WAF: web ACLs, their rules and managed rule groups, inspected requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from preview.cost.charges import Charge, NotPriced
from preview.cost.item import Item
from preview.cost.pricers.kinds import Pricers

WEB_ACL: Final = "aws:wafv2/webAcl:WebAcl"

PAID_GROUPS: Final = frozenset(
    {
        "AWSManagedRulesBotControlRuleSet",
        "AWSManagedRulesATPRuleSet",
        "AWSManagedRulesACFPRuleSet",
        "AWSManagedRulesAntiDDoSRuleSet",
    }
)
"""Groups of AWS that have a fee of their own besides the price of a rule."""


def _acl(item: Item) -> Iterator[Charge]:
    _refuse_global(item)
    yield item.monthly("web ACL", item.rate("WAF", "web ACL", unit="month"), 1)


def _rules(item: Item) -> Iterator[Charge]:
    """Each rule and each managed group counts as one rule."""
    _refuse_global(item)
    rules = _declared_rules(item)
    if rules:
        rate = item.rate("WAF", "rule or managed rule group", unit="month")
        yield item.monthly(f"{len(rules)} rules and managed groups", rate, len(rules))
    for rule in rules:
        group = _managed_group(item, rule)
        if group and item.text("vendorName", default="AWS", inside=group) != "AWS":
            yield item.unpriced(item.text("name", inside=group), "no price for a subscribed rule group")
        elif group and item.text("name", inside=group) in PAID_GROUPS:
            yield item.unpriced(item.text("name", inside=group), "no price for the fee of this rule group")


def _requests(item: Item) -> Iterator[Charge]:
    _refuse_global(item)
    rate = item.rate("WAF", "requests", unit="million-requests")
    yield item.metered("inspected requests", rate, "waf_million_requests")


def _separate_rule(item: Item) -> Iterator[Charge]:
    yield item.monthly("rule", item.rate("WAF", "rule or managed rule group", unit="month"), 1)


def _refuse_global(item: Item) -> None:
    if item.text("scope", default="REGIONAL") != "REGIONAL":
        raise NotPriced("no price for a web ACL of CloudFront")


def _declared_rules(item: Item) -> list[Any]:
    if not item.declares("ruleJson"):
        return item.entries("rules")
    try:
        rules = json.loads(item.text("ruleJson"))
    except json.JSONDecodeError as error:
        raise NotPriced("ruleJson is not JSON") from error
    if not isinstance(rules, list):
        raise NotPriced("ruleJson is not a list of rules")
    return rules


def _managed_group(item: Item, rule: Any) -> Any:  # noqa: ANN401  (a wire object)
    """Give the managed group of a rule in either spelling, None for other rules."""
    if isinstance(rule, dict) and "Statement" in rule:
        group = item.within(rule, "Statement", "ManagedRuleGroupStatement")
        if not isinstance(group, dict):
            return None
        return {"name": group.get("Name"), "vendorName": group.get("VendorName")}
    return item.within(rule, "statement", "managedRuleGroupStatement")


PRICERS: Final[Pricers] = {
    WEB_ACL: {"web ACL": _acl, "rules": _rules, "requests": _requests},
    "aws:wafv2/webAclRule:WebAclRule": {"rule": _separate_rule},
}
