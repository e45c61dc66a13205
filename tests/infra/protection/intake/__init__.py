"""How environments outside production take masked snapshots."""
