"""Odoo: manifests, the proxy before it, the jobs and the scripts in them."""
