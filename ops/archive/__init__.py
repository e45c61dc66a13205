"""Months of GPS positions that are old enough: aggregated, exported to S3, verified, then dropped."""
