"""The check of restored databases, on a real PostgreSQL 16 and on AWS's own models of its services."""
