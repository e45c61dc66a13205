"""Tests of the settings models and their loading."""
