"""Tests of the pack resilience, of windows and of placement."""
