"""The way into the host's cluster: its address and authority from settings, a token from the AWS CLI."""

from __future__ import annotations

import json
from typing import Final

from ..settings.environment import HostClusterSettings

EXEC_API: Final = "client.authentication.k8s.io/v1beta1"


def kubeconfig(*, cluster: str, region: str, settings: HostClusterSettings) -> str:
    """Give a kubeconfig as JSON. It holds no secret: whoever deploys gets a token for his own AWS identity.

    The token is good for the named cluster only, so that credentials of another account lead nowhere.
    """
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": cluster,
                    "cluster": {
                        "server": settings.endpoint,
                        "certificate-authority-data": settings.certificate_authority,
                    },
                }
            ],
            "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": "aws"}}],
            "current-context": cluster,
            "users": [
                {
                    "name": "aws",
                    "user": {
                        "exec": {
                            "apiVersion": EXEC_API,
                            "command": "aws",
                            "args": [
                                "--region",
                                region,
                                "eks",
                                "get-token",
                                "--cluster-name",
                                cluster,
                                "--output",
                                "json",
                            ],
                            "interactiveMode": "Never",
                        }
                    },
                }
            ],
        },
        sort_keys=True,
    )
