"""What may exist: policy packs over the resources of a stack, and the framework they stand on."""
