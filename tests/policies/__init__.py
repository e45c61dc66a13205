"""Tests of the policy packs."""
