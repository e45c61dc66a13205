"""What several packs know about AWS: type tokens, keys, buckets, security groups, subnets."""
