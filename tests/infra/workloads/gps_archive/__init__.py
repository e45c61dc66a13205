"""The monthly archive job, rendered from the real stack files."""
