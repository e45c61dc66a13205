"""Tests of the pack resilience."""
