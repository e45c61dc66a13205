"""Tests of the pack data."""
