"""Start of a pack in the engine's analyzer process.

The only place of the packs that reads the clock and the environment: the date for exemptions, the stack's
name.
"""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path

import pulumi_policy.policy as sdk

from policies.framework.environments import STRICTEST, environment_of
from policies.framework.exemptions import Exemptions, ExemptionsError, read_exemptions
from policies.framework.levels import levels_file, read_levels
from policies.framework.pack import load_pack
from policies.framework.run import Run, policies_of
from policies.framework.servicer import PackServicer


def start(directory: Path, *, stack: str, today: date) -> None:
    """Serve the pack until the engine ends the process. Exits with the mistakes of the exemptions file.

    A stack of unknown name is judged as production.
    """
    pack = load_pack(directory)
    packs = directory.resolve().parent
    try:
        environment = environment_of(stack)
    except ValueError:
        environment = STRICTEST
    try:
        entries = read_exemptions(packs / "exemptions.yaml")
    except ExemptionsError as error:
        sys.exit("\n".join(error.lines))
    # Each pack answers for the exemptions of its own rules, and every pack for one that nobody's rule knows;
    # the levels name every rule, so that a pack need not load the others.
    own = {rule.id: rule for rule in pack.rules}
    others = set(read_levels(levels_file(packs, environment))) - set(own)
    exemptions = Exemptions(
        tuple(entry for entry in entries if entry.rule not in others),
        stack=stack,
        environment=environment,
        today=today,
    )
    mistakes = exemptions.mistakes(own)
    if mistakes:
        sys.exit("\n".join(f"policies/exemptions.yaml: {line}" for line in mistakes))
    run = Run(environment, stack, exemptions)

    class Servicer(PackServicer):
        """The servicer of this process: PolicyPack builds it with arguments of its own."""

        def __init__(self, *_arguments: object) -> None:
            super().__init__(pack, run)

    sdk._PolicyAnalyzerServicer = Servicer
    sdk.PolicyPack(name=pack.name, policies=policies_of(pack, run))


def serve(main_file: str) -> None:
    """Serve the pack whose `__main__.py` is `main_file`, for the stack the engine names."""
    start(Path(main_file).parent, stack=os.environ.get("PULUMI_STACK", STRICTEST), today=date.today())
