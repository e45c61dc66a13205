"""Tests of logs: what is shipped, in which shape, and for how long it is kept."""
