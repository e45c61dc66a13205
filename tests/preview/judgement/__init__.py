"""Tests of judging a resource list, in process and in the real analyzer process, and of reading lists."""
