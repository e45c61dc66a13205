"""Tests of the pictures of dashboards."""
