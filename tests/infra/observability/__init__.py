"""Tests of alarms and where they go."""
