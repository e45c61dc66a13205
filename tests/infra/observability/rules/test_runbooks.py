"""Every alert leads to a page that says what to do, and no page speaks of an alert that is not there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from infra.observability.rules import Alert, rule_groups

from .promtool import WATCHED, alerts_of, context_of

FOLDER: Final = "docs/runbooks"
SECTION: Final = re.compile(r"^## (\w+)$\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
STEPS: Final = ("**Do", "**Over")


def every_alert() -> dict[str, Alert]:
    """The alerts of all environments."""
    contexts = [context_of(stack) for stack in WATCHED] + [context_of("prod", restore_tests=True)]
    return {name: alert for context in contexts for name, alert in alerts_of(rule_groups(context)).items()}


def page_of(alert: Alert) -> str:
    return alert.runbook_url.rpartition("/")[2]


@pytest.mark.parametrize("stack", WATCHED)
def test_links_begin_with_the_address_of_the_stack_file(stack: str) -> None:
    context = context_of(stack)
    assert context.runbooks_url.endswith(f"/{FOLDER}")
    for alert in alerts_of(rule_groups(context)).values():
        assert alert.runbook_url == f"{context.runbooks_url}/{page_of(alert)}"


def test_every_alert_has_a_section_that_says_what_to_do_and_when_it_is_over(repository: Path) -> None:
    lacking = []
    for name, alert in every_alert().items():
        file = repository / FOLDER / page_of(alert)
        assert file.is_file(), f"{name} leads to {file}, which is not there"
        sections = dict(SECTION.findall(file.read_text(encoding="utf-8")))
        if name not in sections or not all(step in sections[name] for step in STEPS):
            lacking.append(f"{file.name}: {name}")
    assert lacking == []


def test_no_section_is_about_an_alert_that_is_not_there(repository: Path) -> None:
    alerts = every_alert()
    orphans = [
        f"{file.name}: {name}"
        for file in sorted((repository / FOLDER).glob("*.md"))
        for name, _ in SECTION.findall(file.read_text(encoding="utf-8"))
        # An alert's name has capitals within; other headings of one word have not.
        if re.search(r"[a-z][A-Z0-9]", name) or name == "Watchdog"
        if name not in alerts or page_of(alerts[name]) != file.name
    ]
    assert orphans == []


def test_the_list_of_runbooks_names_each_page_and_each_alert_once(repository: Path) -> None:
    text = (repository / FOLDER / "README.md").read_text(encoding="utf-8")
    listed = {
        name: page
        for page, names in re.findall(r"^\| \[[\w-]+\]\(([\w-]+\.md)\) \| (.+) \|$", text, re.MULTILINE)
        for name in names.split(", ")
    }
    assert listed == {name: page_of(alert) for name, alert in every_alert().items()}
    pages = {file.name for file in (repository / FOLDER).glob("*.md")} - {"README.md"}
    assert set(re.findall(r"\(([\w-]+\.md)\)", text)) == pages


def test_links_between_pages_lead_somewhere(repository: Path) -> None:
    folder = repository / FOLDER
    broken = [
        f"{file.name}: {link}"
        for file in folder.glob("*.md")
        for link in re.findall(r"\]\(([\w./-]+\.md)\)", file.read_text(encoding="utf-8"))
        if not (folder / link).is_file()
    ]
    assert broken == []
