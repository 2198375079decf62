"""Errors of the operating system that mean: there is no space left."""

from __future__ import annotations

import errno

_FULL = {errno.ENOSPC, errno.EFBIG, *({errno.EDQUOT} if hasattr(errno, "EDQUOT") else ())}


def is_full(error: OSError) -> bool:
    """Return True if a disk, a quota or a file's largest size is exhausted."""
    return error.errno in _FULL
