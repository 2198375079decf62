"""Try the npm packages that ``build.py DIRECTORY`` has made: ``python try_packages.py DIRECTORY``.

Both are installed into an empty project; its script is built for this host, and run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rigs.npm import run_npm
from sealift.version import VERSION


def main(directory: Path) -> None:
    """Raise an error, or exit with a sentence, unless the packages build a working program."""
    packages = [str(path.resolve()) for path in directory.glob("*.tgz")]
    with tempfile.TemporaryDirectory(prefix="sealift-tried-") as temporary:
        project = Path(temporary)
        (project / "package.json").write_text('{"name": "empty", "private": true}')
        (project / "app.js").write_text("console.log('built');")
        # Elsewhere a sealift could be found that is not the platform package's.
        for name in ("SEALIFT", "PYTHONPATH"):
            os.environ.pop(name, None)
        run_npm(["install", "--no-audit", *packages], project)
        version = run_npm(["exec", "--no", "--", "sealift", "--version"], project)
        if VERSION not in version.split():
            sys.exit(f"The installed sealift is {version.strip()}, not {VERSION}.")
        run_npm(["exec", "--no", "--", "pkg", "app.js", "-o", "app"], project)
        program = project / ("app.exe" if os.name == "nt" else "app")
        printed = subprocess.check_output([program], text=True)
        if printed != "built\n":
            sys.exit(f"The program printed {printed!r}.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
