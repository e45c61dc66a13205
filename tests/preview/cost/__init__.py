"""Tests of the cost estimate."""
