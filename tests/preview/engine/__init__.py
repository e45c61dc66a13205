"""Tests of the offline engine on small programs of their own."""
