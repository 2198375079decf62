"""Errors about musl and about merging it into executables."""

from __future__ import annotations

from sealift.errors import ErrorMessage, NodeError

NOT_STATIC = ErrorMessage(
    NodeError,
    "not-static",
    "{origin} needs musl and libstdc++ on the machine where it runs; sealift merges them into the"
    " executable for {machines} only.",
    "Name a statically linked Node with --node-binary linuxstatic-{arch}=PATH, or build for"
    " alpine-{arch}.",
)
