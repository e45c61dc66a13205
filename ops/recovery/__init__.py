"""Failover to the recovery region, its rehearsal, and what both leave on record (DATA-08, DATA-02)."""
