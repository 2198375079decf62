"""Which Python runs the scripts of others."""

from __future__ import annotations

import sys


def host_python() -> str:
    """Return the command of a Python that runs scripts.

    A self-contained sealift (``packages/standalone``) is no Python: there it is ``python3``.
    """
    return "python3" if getattr(sys, "frozen", False) else sys.executable
