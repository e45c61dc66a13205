"""Deployment through the real engine: the Pulumi CLI with every pack and the environment's levels and backend."""
