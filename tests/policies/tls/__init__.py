"""Tests of the pack tls: one row for each rule."""
