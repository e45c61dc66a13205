"""Bootstrap jobs, against real servers."""
