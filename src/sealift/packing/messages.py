"""Remedies of problems that packing finds."""

from __future__ import annotations

FALLBACK_REMEDY = (
    "Fix the problems above, or pass --fallback-to-source to ship the source of these files."
)
