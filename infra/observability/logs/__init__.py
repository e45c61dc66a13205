"""Logs of all containers: shipped by Fluent Bit, kept in OpenSearch for as long as the settings say."""

from .component import Logs

__all__ = ["Logs"]
