"""Tests of the pack data, of backup selections and of schedules."""
