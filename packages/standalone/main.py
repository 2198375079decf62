"""The entry of the self-contained sealift: its command line, and the Python that it starts.

sealift starts ``sys.executable -P -m pip`` and ``sys.executable -P -c PROGRAM``. Here
``sys.executable`` is this program, so it takes these arguments as Python does.
"""

from __future__ import annotations

import runpy
import sys


def main() -> None:
    """Run what the arguments say."""
    if sys.argv[1:2] != ["-P"]:
        from sealift.cli import main as command_line

        command_line()
        return
    option, what = sys.argv[2:4]
    if option == "-m":
        sys.argv = sys.argv[3:]
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        sys.argv = [option, *sys.argv[4:]]
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102


main()
