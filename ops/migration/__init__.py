"""An old server's database to RDS by dump and restore: rehearsed, validated, undone on failure."""
