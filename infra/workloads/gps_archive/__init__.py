"""The monthly job that takes old positions out of the database and into S3."""

from .component import GpsArchive
from .permissions import archives_positions

__all__ = ["GpsArchive", "archives_positions"]
