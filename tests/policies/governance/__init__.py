"""Tests of the pack governance: tags and cost."""
