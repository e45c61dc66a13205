"""Pictures of dashboards: what Grafana will show and ask, drawn from the JSON that it is given."""

from .picture import board_svg

__all__ = ["board_svg"]
