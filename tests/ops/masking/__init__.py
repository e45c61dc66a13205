"""Masking, against a real server with tables of Odoo."""
