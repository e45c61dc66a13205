"""Tests of the pack observability: logging and detection."""
