"""What dashboards read of the ERP: views without personal data, made after every upgrade of Odoo."""

from .component import BusinessViews

__all__ = ["BusinessViews"]
