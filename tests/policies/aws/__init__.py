"""Tests of what the packs derive about AWS: windows, schedules, documents."""
