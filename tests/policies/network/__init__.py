"""Tests of the pack network: one row for each rule."""
