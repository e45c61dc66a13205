"""Regular expressions in Ruby's syntax, as Fluent Bit reads them, in the library that its own descends from.

Fluent Bit carries Onigmo, a fork of Oniguruma, which Debian has as `libonig5`.
"""

from __future__ import annotations

import ctypes
from ctypes.util import find_library
from typing import Final

LIBRARY: Final = find_library("onig")


class _Region(ctypes.Structure):
    _fields_ = (
        ("allocated", ctypes.c_int),
        ("num_regs", ctypes.c_int),
        ("beg", ctypes.POINTER(ctypes.c_int)),
        ("end", ctypes.POINTER(ctypes.c_int)),
    )


class RubyRegex:
    """A compiled pattern. Raises ValueError for one that Ruby would not take."""

    def __init__(self, pattern: str) -> None:
        self._library = ctypes.CDLL(LIBRARY)
        self._library.onig_region_new.restype = ctypes.POINTER(_Region)
        utf8 = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.in_dll(self._library, "OnigEncodingUTF8")))
        ruby = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.in_dll(self._library, "OnigSyntaxRuby")))
        self._library.onig_initialize((ctypes.c_void_p * 1)(utf8), 1)
        self._regex = ctypes.c_void_p()
        text = pattern.encode()
        start = ctypes.create_string_buffer(text, len(text))
        status = self._library.onig_new(
            ctypes.byref(self._regex),
            start,
            _at(start, len(text)),
            0,
            utf8,
            ruby,
            ctypes.create_string_buffer(64),
        )
        if status != 0:
            raise ValueError(f"{pattern} is no pattern of Ruby's: {status}")

    def groups(self, text: str, *names: str) -> dict[str, str] | None:
        """Give the named groups of a match; None where there is none."""
        encoded = text.encode()
        start = (
            ctypes.create_string_buffer(encoded, len(encoded)) if encoded else ctypes.create_string_buffer(1)
        )
        end = _at(start, len(encoded))
        region = self._library.onig_region_new()
        try:
            if self._library.onig_search(self._regex, start, end, start, end, region, 0) < 0:
                return None
            found = {}
            for name in names:
                key = name.encode()
                held = ctypes.create_string_buffer(key, len(key))
                number = self._library.onig_name_to_backref_number(
                    self._regex, held, _at(held, len(key)), region
                )
                matched = region.contents
                found[name] = encoded[matched.beg[number] : matched.end[number]].decode()
            return found
        finally:
            self._library.onig_region_free(region, 1)


def _at(buffer: ctypes.Array[ctypes.c_char], offset: int) -> ctypes.c_void_p:
    return ctypes.c_void_p(ctypes.addressof(buffer) + offset)
