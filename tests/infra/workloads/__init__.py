"""What runs in the cluster for the business."""
