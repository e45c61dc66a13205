"""Tests of deployment through the real engine."""
