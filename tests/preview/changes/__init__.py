"""What other settings would do to a stack."""
