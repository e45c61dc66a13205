"""What operators and the jobs of image `ops` run: data masked, refreshed, kept, moved and proven."""
