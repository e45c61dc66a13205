"""Masking of copies of production: what nobody but production may know is replaced, and that is proven."""

from .command import app

__all__ = ["app"]
