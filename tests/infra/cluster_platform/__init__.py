"""What the cluster offers to everything that runs in it."""
