"""The audit evidence: what it says, and what it says is missing."""
