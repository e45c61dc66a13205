"""Tests of the machinery that all packs stand on."""
