"""The audit evidence of a stack (SEC-14): what the law asks, and what answers it."""
