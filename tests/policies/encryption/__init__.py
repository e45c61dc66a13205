"""Tests of the pack encryption: one row for each rule."""
