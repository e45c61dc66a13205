"""Tests of the pack identity: rules, the reading of documents, the detection of secrets."""
