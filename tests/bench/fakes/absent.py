"""Wants what nobody has."""

from __future__ import annotations

REQUIRES = ("numpy", "no_such_package_anywhere")
