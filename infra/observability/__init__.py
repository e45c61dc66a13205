"""What people learn about the environment: alarms, metrics, logs."""

from .alarm_topic import AlarmTopic

__all__ = ["AlarmTopic"]
