"""What runs in the cluster for the business, sized from the load."""
