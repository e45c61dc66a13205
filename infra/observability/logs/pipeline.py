r"""What Fluent Bit does with a line, from the file of a container to OpenSearch, as its configuration.

| step | what it does |
|---|---|
| `tail` | reads the files of all containers; joins lines that the runtime split, and tracebacks of Odoo |
| `parser` | takes lines of Odoo apart |
| `kubernetes` | adds pod, namespace and labels; takes JSON apart |
| `log_to_metrics` | counts requests to Odoo (`request_metrics.py`) |
| `lua` | samples, hides secrets, gives records one shape (`lua.py`) |
| `opensearch` | sends them, signed with the pod's own role, over TLS 1.2 or newer |

Chunks wait on the node's disk, so that neither a restart nor some hours without OpenSearch lose lines; what
is on the disk is bounded, and so are the tries. Host logs are not shipped: what nodes and kubelets do is in
their metrics and events.

References: Fluent Bit manual, "Tail", "Multiline parsing", "Kubernetes", "Lua", "OpenSearch", "Buffering".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from . import lua, request_metrics

METRICS_PORT: Final = 2020
CONFIGURATION: Final = "/fluent-bit/etc/conf"
SCRIPTS: Final = "/fluent-bit/scripts"
STATE: Final = "/var/lib/fluent-bit"
"""Positions in files, and chunks that wait: a folder of the node."""
PARSERS_FILE: Final = "custom_parsers.conf"

CONTAINERS: Final = "/var/log/containers/*.log"
ODOO_CONTAINERS: Final = "/var/log/containers/*_erp_odoo-*.log"
"""Containers named `odoo` of the namespace `erp`: web, cron, report and job pods."""
TAG: Final = "kube.*"
ODOO_TAG: Final = "kube.*_erp_odoo-*"

HOST_VARIABLE: Final = "SEARCH_HOST"
"""Environment variable with the host name of the domain, which is known only when it exists."""

ODOO: Final = "odoo"
ODOO_START: Final = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ "
"""How a line of Odoo begins; what begins otherwise belongs to the line before."""
ODOO_LINE: Final = (
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ (?<pid>\d+) (?<level>[A-Z]+) (?<db>\S+) (?<logger>[^:]+): "
    r"(?<message>(?m:.*))$"
)
"""Fields of a line, the traceback under it included (odoo/netsvc.py). Its time is left to the runtime, which
says it to the nanosecond and with its zone."""
CRI_LINE: Final = r"^(?<time>[^ ]+) (?<stream>stdout|stderr) (?<_p>[FP]) (?<log>.*)$"
"""A line as containerd writes it: P where more of the same line follows, F where it ends."""

FLUSH_SECONDS: Final = 2
MULTILINE_MILLISECONDS: Final = 3000
"""How long a traceback may be silent before it counts as ended."""
STOP_SECONDS: Final = 30
CHUNKS_IN_MEMORY: Final = 16
"""Each is about 2 MB: together an eighth of the memory limit."""
BACKLOG_MIB: Final = 8
DISK_GIB: Final = 2
"""Of one node: at its usual share of production's lines that is more than a day."""
RETRIES: Final = 100
LONGEST_PAUSE_SECONDS: Final = 300
"""A hundred tries at most five minutes apart: some four hours on average."""

Entries = Mapping[str, str | int] | Sequence[tuple[str, str | int | float]]
"""Keys of a section; pairs where a key stands more than once."""


def service() -> str:
    """Render the section of the program itself."""
    return _render(
        (
            "SERVICE",
            {
                "Daemon": "Off",
                "Flush": FLUSH_SECONDS,
                "Grace": STOP_SECONDS,
                "Log_Level": "info",
                "Parsers_File": f"{CONFIGURATION}/{PARSERS_FILE}",
                "HTTP_Server": "On",
                "HTTP_Listen": "0.0.0.0",  # noqa: S104  (in a pod; policies say who gets in)
                "HTTP_Port": METRICS_PORT,
                "Health_Check": "On",
                "storage.path": f"{STATE}/chunks",
                "storage.sync": "normal",
                "storage.checksum": "On",
                "storage.metrics": "On",
                "storage.max_chunks_up": CHUNKS_IN_MEMORY,
                "storage.backlog.mem_limit": f"{BACKLOG_MIB}M",
                "storage.delete_irrecoverable_chunks": "On",
                "scheduler.cap": LONGEST_PAUSE_SECONDS,
            },
        )
    )


def inputs() -> str:
    """Render the inputs: all containers, those of Odoo apart, which write tracebacks in many lines."""
    return _render(
        (
            "INPUT",
            {
                **_tail("containers"),
                "Path": CONTAINERS,
                "Exclude_Path": ODOO_CONTAINERS,
                "multiline.parser": "docker, cri",
            },
        ),
        ("INPUT", {**_tail(ODOO), "Path": ODOO_CONTAINERS, "multiline.parser": ODOO}),
    )


def _tail(alias: str) -> dict[str, str | int]:
    return {
        "Name": "tail",
        "Alias": alias,
        "Tag": TAG,
        "DB": f"{STATE}/{alias}.db",
        "DB.locking": "true",
        # A node's first pods wrote before Fluent Bit came; later starts go on where they stopped.
        "Read_from_Head": "On",
        "Refresh_Interval": 10,
        "Rotate_Wait": 30,
        "Buffer_Chunk_Size": "64k",
        "Buffer_Max_Size": "256k",
        "Skip_Long_Lines": "On",
        "storage.type": "filesystem",
    }


def filters() -> str:
    """Render the filters."""
    return _render(
        (
            "FILTER",
            {
                "Name": "parser",
                "Match": ODOO_TAG,
                "Key_Name": "log",
                "Parser": ODOO,
                "Reserve_Data": "On",
            },
        ),
        (
            "FILTER",
            {
                "Name": "kubernetes",
                "Match": TAG,
                "Kube_Tag_Prefix": "kube.var.log.containers.",
                "Merge_Log": "On",
                "Keep_Log": "Off",
                "Labels": "On",
                "Annotations": "On",
                # A parser that a pod asks for would also say when its lines were read, not written.
                "K8S-Logging.Parser": "Off",
                # Nobody takes his own lines out of the record.
                "K8S-Logging.Exclude": "Off",
                # A pod with long annotations would have no metadata at all.
                "Buffer_Size": 0,
                "Kube_Meta_Cache_TTL": "1h",
            },
        ),
        *(("FILTER", entries) for entries in request_metrics.filters()),
        (
            "FILTER",
            {
                "Name": "lua",
                "Match": TAG,
                "script": f"{SCRIPTS}/{lua.FILE_NAME}",
                "call": lua.FUNCTION,
                # A record that breaks the script is shipped as it is.
                "protected_mode": "true",
            },
        ),
    )


def outputs(*, index_prefix: str, region: str) -> str:
    """Render the outputs: OpenSearch, one index a day (`<index_prefix>-2026.11.25`), and counted requests."""
    return _render(
        (
            "OUTPUT",
            {
                "Name": "opensearch",
                "Alias": "opensearch",
                "Match": TAG,
                "Host": f"${{{HOST_VARIABLE}}}",
                "Port": 443,
                "tls": "On",
                "tls.verify": "On",
                "tls.verify_hostname": "On",
                "tls.min_version": "TLSv1.2",
                "AWS_Auth": "On",
                "AWS_Region": region,
                "Suppress_Type_Name": "On",
                "Logstash_Format": "On",
                "Logstash_Prefix": index_prefix,
                "Replace_Dots": "On",
                # A chunk that is sent again meets its own documents, and changes nothing.
                "Generate_ID": "On",
                "Trace_Error": "On",
                "Buffer_Size": "False",
                "Retry_Limit": RETRIES,
                "storage.total_limit_size": f"{DISK_GIB}G",
            },
        ),
        ("OUTPUT", request_metrics.output()),
    )


def parsers() -> str:
    """Render the parsers: of lines of Odoo, of the runtime's, and of what belongs to one of Odoo."""
    return _render(
        ("PARSER", {"Name": ODOO, "Format": "regex", "Regex": ODOO_LINE, "Types": "pid:integer"}),
        (
            "PARSER",
            {
                "Name": "cri-line",
                "Format": "regex",
                "Regex": CRI_LINE,
                "Time_Key": "time",
                "Time_Format": "%Y-%m-%dT%H:%M:%S.%L%z",
                # An empty line of a traceback is a line.
                "Skip_Empty_Values": "Off",
            },
        ),
        (
            "MULTILINE_PARSER",
            (
                ("name", ODOO),
                ("type", "regex"),
                ("parser", "cri-line"),
                ("key_content", "log"),
                ("flush_timeout", MULTILINE_MILLISECONDS),
                # The state, its pattern, the state after it.
                ("rule", f'"start_state" "/{ODOO_START}/" "more"'),
                ("rule", f'"more" "/^(?!{ODOO_START.removeprefix("^")})/" "more"'),
            ),
        ),
    )


def _render(*sections: tuple[str, Entries]) -> str:
    lines: list[str] = []
    for name, entries in sections:
        pairs = entries.items() if isinstance(entries, Mapping) else entries
        lines += [f"[{name}]", *(f"    {key} {value}" for key, value in pairs)]
    return "\n".join(lines) + "\n"
