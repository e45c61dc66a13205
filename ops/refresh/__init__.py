"""Refreshes of environments outside production: begun and decided on by people, done by a job."""
