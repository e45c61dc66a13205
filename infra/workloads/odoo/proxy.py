"""The nginx beside Odoo: the one port of a pod, and the headers that a load balancer does not set.

Odoo believes proxy headers only when `X-Forwarded-Host` is among them (odoo/http.py), and an Application
Load Balancer sends none: without this proxy redirects would lead to http, and every user would have the
balancer's address.

| path | goes to |
|---|---|
| `/websocket` | the gevent process |
| `/web/database`, `/xmlrpc`, `/jsonrpc` | nobody who came through the balancer; probes of the kubelet pass |
| what computes reports | the report pods, where there are any (LOAD-03) |
| `/-/proxy` | the proxy itself, for its own probes |
| everything else | Odoo's workers |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ...network import ports

ODOO_PORT: Final = 8068
"""Odoo's workers, on the loopback of the pod."""
GEVENT_PORT: Final = 8072
HEALTH_PATH: Final = "/-/proxy"
UPLOAD_LIMIT_MIB: Final = 128
"""Odoo's own limit of a file (`web.max_file_upload_size`)."""
WEBSOCKET_SECONDS: Final = 3600
"""Odoo's clients and the balancer close idle websockets themselves, long before."""
STOP_SECONDS: Final = 10
"""What open websockets get when the proxy stops, after Odoo has."""

REFUSED: Final = "^/(web/database|xmlrpc|jsonrpc)"
"""Creates, copies and drops databases; logs in with a password alone, past the second factor (SEC-01)."""

REPORTS: Final = (
    # PDF and text reports, and the browser's way to them.
    "report/(pdf|text|html|download)",
    # Exports of lists and of pivot tables.
    "web/export/(csv|xlsx)$",
    "web/pivot/export_xlsx$",
    # Models that are reports, such as account.invoice.report: grouped or listed, on the replica.
    r"web/dataset/call_kw/[\w.]+\.report/\w*(read_group|search_read)$",
)
"""Paths, after the first slash, of what computes for long at the end of a month."""

LOG_FORMAT: Final = (
    '{"time":"$time_iso8601","event":"http_request","level":"INFO","handler":"$handler",'
    '"method":"$request_method","path":"$uri","status":$status,"duration_seconds":$request_time,'
    '"upstream_seconds":"$upstream_response_time","bytes":$bytes_sent,"client":"$remote_addr",'
    '"request_id":"$http_x_amzn_trace_id","user_agent":"$http_user_agent"}'
)
"""One JSON object per request: the path without its query, which may hold personal data and tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where the proxy and the processes behind it listen."""

    port: int = ports.ODOO.first
    odoo_port: int = ODOO_PORT
    gevent_port: int = GEVENT_PORT


def nginx_configuration(
    *,
    trusted: Sequence[str],
    idle_timeout_seconds: int,
    response_seconds: int,
    report_address: str | None,
    report_seconds: int = 0,
    listening: Listening = Listening(),
    scratch: str = "/tmp",  # noqa: S108  (a volume of the pod)
) -> str:
    """Render nginx.conf.

    `trusted` are networks whose `X-Forwarded-For` is believed: where the balancer, or the proxy of another
    pod, is. `idle_timeout_seconds` is the balancer's: a proxy that hangs up first makes it answer 502.
    `response_seconds` is how long a worker may take. With a `report_address` (host:port) reports are
    computed there, and may take `report_seconds`.
    """
    report = (
        ""
        if report_address is None
        else _REPORT_LOCATION.format(
            paths="|".join(REPORTS), address=report_address, seconds=report_seconds, headers=_HEADERS
        )
    )
    return _CONFIGURATION.format(
        scratch=scratch,
        log_format=LOG_FORMAT.replace("'", r"\'"),
        upload=UPLOAD_LIMIT_MIB,
        keep_alive=idle_timeout_seconds + 5,
        trusted="\n".join(f"    set_real_ip_from {network};" for network in trusted),
        port=listening.port,
        odoo=listening.odoo_port,
        gevent=listening.gevent_port,
        refused=REFUSED,
        health=HEALTH_PATH,
        seconds=response_seconds,
        websocket=WEBSOCKET_SECONDS,
        stop=STOP_SECONDS,
        headers=_HEADERS,
        report=report,
        report_paths="|".join(REPORTS),
    )


_HEADERS: Final = """\
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-Host $host;
            proxy_set_header X-Forwarded-Proto https;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header Forwarded "";
            proxy_set_header X-Odoo-Database "";"""
"""What Odoo believes; a location that sets one header inherits none, so each has all."""

_REPORT_LOCATION: Final = """
        location ~ "^/({paths})" {{
{headers}
            proxy_read_timeout {seconds}s;
            proxy_pass http://{address};
        }}
"""

# One worker process of the proxy feeds a handful of Odoo's; `stderr` needs no device file.
_CONFIGURATION: Final = """\
worker_processes 1;
worker_shutdown_timeout {stop}s;
error_log stderr warn;
pid {scratch}/nginx.pid;

events {{
    worker_connections 4096;
}}

http {{
    server_tokens off;
    client_body_temp_path {scratch}/body;
    proxy_temp_path {scratch}/proxy;
    fastcgi_temp_path {scratch}/fastcgi;
    uwsgi_temp_path {scratch}/uwsgi;
    scgi_temp_path {scratch}/scgi;

    map $http_upgrade $connection_upgrade {{
        default upgrade;
        ''      close;
    }}
    # The balancer appends to the header on every request; probes of the kubelet have none.
    map $http_x_forwarded_for $through_balancer {{
        default 1;
        ''      0;
    }}
    map "$through_balancer $http_user_agent" $logged {{
        "~^0 (kube-probe|ELB-HealthChecker)/" 0;
        default 1;
    }}
    map $uri $handler {{
        "~^/websocket"      websocket;
        "~^/({report_paths})" report;
        "~^/web/(assets|static)/" static;
        "~^/[^/]+/static/"  static;
        "~^/web/dataset/"   data;
        "~^/(web|odoo)"     web;
        default             other;
    }}
    log_format requests escape=json '{log_format}';
    access_log /dev/stdout requests if=$logged;

{trusted}
    real_ip_header X-Forwarded-For;
    real_ip_recursive on;

    server {{
        listen {port} default_server;
        client_max_body_size {upload}m;
        large_client_header_buffers 4 32k;
        keepalive_timeout {keep_alive}s;
        proxy_connect_timeout 5s;
        proxy_read_timeout {seconds}s;
        proxy_send_timeout {seconds}s;
        # Answers go to disk when a client is slow: a worker is too dear to wait for it.
        proxy_max_temp_file_size 512m;
        # Odoo marks cookies httponly only.
        proxy_cookie_flags ~ secure samesite=lax;
        proxy_redirect off;

        location = {health} {{
            access_log off;
            return 204;
        }}

        location ~ "{refused}" {{
            if ($through_balancer) {{
                return 403;
            }}
{headers}
            proxy_pass http://127.0.0.1:{odoo};
        }}

        location /websocket {{
{headers}
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_http_version 1.1;
            proxy_read_timeout {websocket}s;
            proxy_pass http://127.0.0.1:{gevent};
        }}
{report}
        location ~* "^/(web/assets/|[^/]+/static/)" {{
            gzip on;
            gzip_types text/css application/javascript application/json image/svg+xml;
            gzip_min_length 1024;
            gzip_proxied any;
{headers}
            proxy_pass http://127.0.0.1:{odoo};
        }}

        location / {{
{headers}
            proxy_pass http://127.0.0.1:{odoo};
        }}
    }}
}}
"""
