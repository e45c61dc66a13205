"""Backups of the real stacks: who reaches them, how old they get, and how they are proven."""
