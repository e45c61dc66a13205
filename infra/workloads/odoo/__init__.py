"""Odoo: pages, scheduled jobs and reports from one image, and what prepares its database."""

from .component import GSP_KEY, Entrance, Odoo, OdooDatabase
from .volume import SharedFiles, SmallVolume

__all__ = ["GSP_KEY", "Entrance", "Odoo", "OdooDatabase", "SharedFiles", "SmallVolume"]
