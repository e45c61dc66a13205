"""The monthly job that takes old positions out of the database and into S3."""

from .component import GpsArchive

__all__ = ["GpsArchive"]
