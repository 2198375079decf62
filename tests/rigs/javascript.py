"""Checks of the runtime's JavaScript: ``python -m rigs.javascript``.

TypeScript's compiler checks the JSDoc types by each ``tsconfig.json``, and Node's own test runner
runs ``tests/runtime/**/*.test.js`` on every pinned release.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from rigs import RigError
from rigs.binaries import find_binary
from rigs.npm import install

_ROOT = Path(__file__).resolve().parent.parent.parent
_MAJORS = ("20", "22", "24", "26")


def main() -> int:
    """Run all; 1 if anything is wrong."""
    try:
        nodes = [find_binary(major, "linux", "x64") for major in _MAJORS]
        modules = install("types") / "node_modules"
    except RigError as error:
        sys.stdout.write(f"missing: {error}\n")
        return 1
    compiler: list[str | Path] = [nodes[-1], modules / "typescript" / "lib" / "tsc.js", "--noEmit"]
    compiler += ["--typeRoots", modules / "@types", "--project"]
    folders = (_ROOT / "src" / "sealift" / "runtime", _ROOT / "tests" / "runtime")
    commands = [
        [*compiler, config]
        for folder in folders
        for config in sorted(folder.rglob("tsconfig.json"))
    ]
    scripts = sorted((_ROOT / "tests" / "runtime").rglob("*.test.js"))
    if scripts:
        commands += [[node, "--test", "--test-reporter=dot", *scripts] for node in nodes]
    codes = [subprocess.run(command, cwd=_ROOT, check=False).returncode for command in commands]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
