"""Migration between two databases of a real PostgreSQL 16."""
