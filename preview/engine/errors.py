"""What a render says when it cannot go on."""

from __future__ import annotations


class RenderError(Exception):
    """One clear line for the person in front of the screen: what is wrong, and where in the program."""


def one_line(text: object) -> str:
    """Give a message without its line breaks and indentation."""
    return " ".join(str(text).split())
