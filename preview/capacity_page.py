"""The page that says how many pods of what size the load asks for, and whether the nodes hold them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.checked_settings import parse
from infra.edge.rate_limits import WINDOW_SECONDS, fleet_request_limit
from infra.settings import PROJECT, DevelopmentSettings, EstateSettings, SettingsError
from infra.workloads.capacity import Capacity
from infra.workloads.rooms import Fit
from preview import stacks
from preview.engine.stack_file import load_stack

_RIGHT: Final = frozenset({"CPU", "memory", "limit", "nodes", "pods", "workers", "needed"})


@dataclass(frozen=True, slots=True)
class CapacityReport:
    """What one stack file asks for; `problems` says in the words of its errors what does not fit."""

    stack: str
    settings: EstateSettings | DevelopmentSettings
    capacity: Capacity
    """As serving, which is what the figures are for."""
    standby: Capacity | None
    """As it is now, where it does not serve."""
    problems: tuple[str, ...]


def capacity_of(stack: str) -> CapacityReport:
    """Derive the capacity of a stack from its file.

    Raises StackFileError or SettingsError for a file that cannot be read or is wrong beyond the fit.
    """
    configuration = load_stack(stacks.ROOT, stack)
    areas = {
        key.removeprefix(f"{PROJECT}:"): value
        for key, value in configuration.config.items()
        if key.startswith(f"{PROJECT}:")
    }
    settings = parse(areas, stack=stack, fitting=False)
    problems: Sequence[str] = ()
    try:
        parse(areas, stack=stack)
    except SettingsError as error:
        problems = error.lines
    if isinstance(settings, DevelopmentSettings):
        capacity = Capacity.of_workspace(settings.load, settings.workspace, settings.workloads)
        return CapacityReport(stack, settings, capacity, None, tuple(problems))
    standby = None if settings.recovery.serving else Capacity.of_estate(settings)
    serving = Capacity.of_estate(settings, serving=True)
    return CapacityReport(stack, settings, serving, standby, tuple(problems))


def print_capacity(report: CapacityReport, console: Console) -> None:
    """Print every number with its formula, the limits of requests, and the fit."""
    load, capacity = report.settings.load, report.capacity
    factor = "" if load.factor == 1 else f", times {load.factor:g}"
    console.print(
        Text.assemble(
            "\n",
            (report.stack, "bold"),
            f": {load.users} users ({load.peak_users} at the peak), {load.fleet.vehicles:,} vehicles "
            f"({load.fleet.peak_vehicles:,}){factor}; scaling: {capacity.scaling}",
        )
    )
    console.print(_derivation(capacity))
    console.print(_pods(capacity))
    console.print(_limits(report))
    console.print(_fits(report))
    for line in _remarks(report):
        console.print(line)
    for problem in report.problems:
        console.print(Text(problem, style="bold red"))
    verdict = ("fits", "bold green") if not report.problems else ("does not fit", "bold red")
    console.print(Text.assemble("\n", (report.stack, "bold"), " ", verdict, ".\n"))


def _derivation(capacity: Capacity) -> Table:
    table = _table("How the numbers come about", "what", "formula", "inputs", "result")
    for row in capacity.derivation:
        table.add_row(row.what, row.formula, row.inputs, Text(row.result, style="bold"))
    return table


def _pods(capacity: Capacity) -> Table:
    table = _table("Pods", "workload", "pods", "CPU", "memory", "limit")
    for pod in (*capacity.pods, capacity.job):
        fixed = pod.replicas_min == pod.replicas_max
        table.add_row(
            pod.name,
            str(pod.replicas_max) if fixed else f"{pod.replicas_min} to {pod.replicas_max}",
            f"{pod.cpu_millicores}m",
            f"{pod.memory_mib}Mi",
            f"{pod.memory_limit_mib}Mi",
        )
    return table


def _limits(report: CapacityReport) -> Table:
    table = _table("Requests that are answered", "who", "where", "how many", "who refuses")
    limit = report.capacity.key_rate_limit
    table.add_row(
        "one API key",
        "GPS API",
        f"{limit.requests:,} in {limit.window_seconds} s",
        "the application, with 429",
    )
    if isinstance(report.settings, EstateSettings):
        firewall = report.settings.edge.firewall
        fleet = fleet_request_limit(report.settings.load, margin=firewall.fleet_rate_margin)
        web = firewall.web_requests_per_5_minutes
        table.add_row("one address", "GPS host", f"{fleet:,} in {WINDOW_SECONDS} s", "AWS WAF, with 403")
        table.add_row("one address", "elsewhere", f"{web:,} in {WINDOW_SECONDS} s", "AWS WAF, with 403")
    return table


def _fits(report: CapacityReport) -> Table:
    columns = ("nodes", "CPU", "memory", "pods", "needed", "verdict")
    table = _table("Requests of all pods, the platform's included", "when", *columns)
    capacity = report.capacity
    if isinstance(report.settings, DevelopmentSettings):
        _add_fit(table, "in the quota", capacity.fit_at_max)
    elif capacity.scaling == "autoscaled":
        if report.standby is not None:
            _add_fit(table, "waiting, fewest nodes", report.standby.fit_at_min)
        _add_fit(table, "at rest, fewest nodes", capacity.fit_at_min)
        _add_fit(table, "at most, most nodes", capacity.fit_at_max)
    else:
        _add_fit(table, "as declared", capacity.fit_at_min)
        if capacity.load_share != 1:
            _add_fit(table, "the whole load", capacity.fit_at_full_load)
    return table


def _add_fit(table: Table, when: str, found: Fit) -> None:
    table.add_row(
        when,
        str(found.nodes),
        f"{found.cpu_requested_millicores:,}m of {found.cpu_available_millicores:,}m",
        f"{found.memory_requested_mib:,}Mi of {found.memory_available_mib:,}Mi",
        f"{found.pods_requested} of {found.pods_available}",
        "none holds" if found.nodes_needed is None else str(found.nodes_needed),
        Text("fits", style="green") if found.holds else Text("too few", style="bold red"),
    )


def _remarks(report: CapacityReport) -> list[Text]:
    capacity = report.capacity
    remarks: list[Text] = []
    if report.standby is not None:
        remarks.append(Text("No pod of Odoo or GPS runs until recovery.active; the figures are as serving."))
    if capacity.scaling == "manual" and capacity.load_share != 1:
        whole, share = capacity.fit_at_full_load, float(capacity.load_share)
        times = f"{report.settings.load.factor:g} times the load"
        remedy = (
            "no number of nodes takes all of it: lower requests in workloads"
            if whole.nodes_needed is None
            else f"all of it takes {whole.nodes_needed}: for a stress test, set cluster.node_groups[0].size"
        )
        remarks.append(Text(f"{whole.nodes} nodes hold {share:.0%} of {times}; {remedy}.", style="yellow"))
    if not capacity.fit_uncut.holds and not isinstance(report.settings, DevelopmentSettings):
        uncut = capacity.fit_uncut
        needed = (
            "and no number of nodes would take them"
            if uncut.nodes_needed is None
            else f"which takes {uncut.nodes_needed} nodes"
        )
        requested = f"{uncut.cpu_requested_millicores:,}m and {uncut.memory_requested_mib:,}Mi"
        remarks.append(
            Text(f"Were no request cut by hand, all pods would request {requested}, {needed}.", style="dim")
        )
    return remarks


def _table(title: str, *columns: str) -> Table:
    table = Table(
        title=f"\n{title}",
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    for column in columns:
        table.add_column(column, justify="right" if column in _RIGHT else "left", header_style="dim")
    return table
