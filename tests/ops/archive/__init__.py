"""The archive of positions on a real PostgreSQL 16 and a stand-in for S3."""
