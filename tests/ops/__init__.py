"""The operators' command line, against real servers."""
