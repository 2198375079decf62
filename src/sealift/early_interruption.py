"""What Ctrl-C does while the command line is still being imported. Imported before all else.

Python's own handler would print a traceback. The default action ends the process silently; there
is nothing to remove yet. `sealift.cli` installs its handlers afterwards. A program that imports
sealift as a library keeps its handlers.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import pairwise

_PROGRAMS = ("sealift", "sealift.exe", "sealift-script.py")


def _is_command_line() -> bool:
    """Return True for the installed script and for ``python -m sealift``."""
    program = os.path.basename(sys.argv[0] if sys.argv else "")  # noqa: PTH119
    return program in _PROGRAMS or ("-m", "sealift") in pairwise(sys.orig_argv)


if _is_command_line() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
