"""Failover and drill, walked in a simulated AWS that fails in every way it can."""
