"""Tests of the data stores."""
