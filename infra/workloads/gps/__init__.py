"""GPS ingestion: the API that vehicles call, and the consumers that store positions."""

from .component import PARTNER_KEY, Gps

__all__ = ["PARTNER_KEY", "Gps"]
