"""Offline preview: run the program without credentials or engine, judge it, price it and look at it."""
