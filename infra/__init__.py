"""The program: what exists in each environment."""
