"""What runs in the cluster: pods without rights, closed namespaces, exact images, replicas by load."""

from policies.framework import Pack

PACK = Pack(
    module=__name__,
    prefixes=(
        "avl-k8s-",
        "dat-image-",
        "dat-k8s-",
        "enc-k8s-",
        "iam-k8s-",
        "log-app-",
        "net-k8s-",
        "tls-k8s-",
    ),
    subjects=(
        "app_logs",
        "autoscaling",
        "cluster_dns",
        "connections",
        "images",
        "ingress",
        "jobs",
        "namespaces",
        "network_policies",
        "pod_privileges",
        "pod_users",
        "probes",
        "rbac",
        "releases",
        "replicas",
        "secret_delivery",
        "service_accounts",
        "services",
        "sizes",
        "volumes",
    ),
)
