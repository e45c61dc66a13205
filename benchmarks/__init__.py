"""Figures of the offline preview, as ratios measured in one run."""
