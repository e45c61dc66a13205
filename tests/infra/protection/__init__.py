"""Tests of what guards the account."""
