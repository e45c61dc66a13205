"""The dashboards themselves, one file each."""
