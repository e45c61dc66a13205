"""Alarms of AWS itself: what they watch, when they ring, who hears them."""
