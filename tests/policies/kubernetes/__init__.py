"""Tests of the pack kubernetes."""
