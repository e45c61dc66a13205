"""Which requirement rows are proven, and by which test."""
