"""Tests of the policy documents."""
