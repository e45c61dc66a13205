"""The kubeconfig that `pulumi_eks.Cluster` writes: it asks the AWS CLI for a token."""

from __future__ import annotations

import json
from typing import Any, Final

from preview.graph import UNKNOWN, Properties

_EXEC_API: Final = "client.authentication.k8s.io/v1beta1"


def kubeconfig(
    *,
    endpoint: str,
    authority: str,
    name: str,
    region: str,
    role_arn: str | None = None,
    profile: str | None = None,
) -> Properties | str:
    """Give the kubeconfig as an object, or UNKNOWN while endpoint, authority or name is."""
    known = [text for text in (endpoint, authority, name, role_arn) if text is not None]
    if UNKNOWN in known:
        return UNKNOWN
    arguments = ["--region", region, "eks", "get-token", "--cluster-name", name, "--output", "json"]
    if role_arn:
        arguments += ["--role", role_arn]
    if profile:
        arguments += ["--profile", profile]
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "kubernetes", "cluster": {"server": endpoint, "certificate-authority-data": authority}}
        ],
        "contexts": [{"name": "aws", "context": {"cluster": "kubernetes", "user": "aws"}}],
        "current-context": "aws",
        "users": [
            {
                "name": "aws",
                "user": {
                    "exec": {
                        "apiVersion": _EXEC_API,
                        "command": "aws",
                        "args": arguments,
                        "env": [
                            {"name": "KUBERNETES_EXEC_INFO", "value": json.dumps({"apiVersion": _EXEC_API})},
                        ],
                    }
                },
            }
        ],
    }


def as_json(config: Properties | str) -> Any:  # noqa: ANN401
    """Give a kubeconfig as JSON text, or UNKNOWN."""
    return config if isinstance(config, str) else json.dumps(config, sort_keys=True, separators=(",", ":"))
