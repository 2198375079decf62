"""Findings and remedies of packing."""

from __future__ import annotations

from sealift.findings import FindingMessage

FALLBACK_REMEDY = (
    "Fix the problems above, or pass --fallback-to-source to ship the source of these files."
)

START_UNRECORDED = FindingMessage(
    "start-unrecorded",
    "--profile-start makes no start faster: {reason}.",
    "Leave it out; it is for programs that load CommonJS modules, on Node 22 and newer.",
)
