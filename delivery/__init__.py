"""Deployment through the real engine, with every pack and the environment's own levels and backend."""
