"""What several packs know about Kubernetes objects: type tokens, namespaces, pod specs, chart values."""
