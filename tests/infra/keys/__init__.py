"""Tests of the keys and their policies."""
