"""Functions: a runtime that lives, a place for failures, a limit."""

from __future__ import annotations

from typing import Final

from policies.aws.tokens import FUNCTIONS
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Setting,
    Settings,
    Severity,
    everywhere,
    joined_rule,
    resource_rule,
)

_EVENT_CONFIGURATIONS: Final = ("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",)


@resource_rule(
    "avl-lambda-safe",
    subjects=FUNCTIONS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls(("Lambda.2",), ("CKV_AWS_363",), ("SLO-01",)),
    remedy="Set runtime to one of the supported ones.",
    settings={
        "runtimes": Setting(
            ["python3.13", "python3.14", "provided.al2023"],
            "runtimes that AWS supports; python3.11 ends on 2027-06-30",
        )
    },
)
def lambda_safe(function: ResourceView, settings: Settings) -> Findings:
    """A function runs on a runtime that AWS supports; an image brings its own."""
    if function.text("packageType") == "Image":
        return
    runtime = function.text("runtime")
    if runtime not in settings["runtimes"]:
        yield f"runtime is {runtime or 'not set'}, not one of {', '.join(settings['runtimes'])}"


@joined_rule(
    "avl-lambda-dead-letter",
    subjects=FUNCTIONS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_116",), ("SLO-01",)),
    remedy="Set dead_letter_config to a queue or topic, or declare a failure destination.",
)
def lambda_dead_letter(function: ResourceView, graph: Graph) -> Findings:
    """An event that a function fails on goes to a queue or topic instead of vanishing."""
    if function.has("deadLetterConfig.targetArn"):
        return
    configurations = graph.attached(function, "functionName", *_EVENT_CONFIGURATIONS)
    if not any(entry.has("destinationConfig.onFailure.destination") for entry in configurations):
        yield "deadLetterConfig.targetArn is not set and no failure destination is declared"


@resource_rule(
    "avl-lambda-concurrency",
    subjects=FUNCTIONS,
    severity=Severity.LOW,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_115",), ("SLO-01",)),
    remedy="Set reserved_concurrent_executions to the most that may run at once.",
)
def lambda_concurrency(function: ResourceView) -> Findings:
    """A function cannot use up the concurrency of the account."""
    reserved = function.number("reservedConcurrentExecutions")
    if reserved is None or reserved < 0:
        yield "reservedConcurrentExecutions is not set"
