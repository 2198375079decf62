"""Build with ``node --build-sea``: python node_sea.py PROJECT SCRIPT OUTPUT.

Making the archive of the project is part of such a build.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from corpus.builders import BuildError, build_node_sea


def main(project: str, script: str, output: str) -> str | None:
    """Build; return what went wrong."""
    with tempfile.TemporaryDirectory(dir=Path(output).parent) as work:
        try:
            build_node_sea(Path(project), script, Path(work)).replace(output)
        except BuildError as error:
            return str(error)
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
