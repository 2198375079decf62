"""Make the npm packages: ``python build.py DIRECTORY``, with sealift's development requirements.

Two tarballs in the form that ``npm publish`` takes: the package ``sealift`` (``packages/npm``) and
the platform package of this host, such as ``@sealift/linux-x64``, which holds a self-contained
sealift: PyInstaller's copy of this Python with everything that sealift imports.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sealift.version import VERSION

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent

# Node's names of systems and machines.
_SYSTEMS = {"linux": "linux", "darwin": "darwin", "win32": "win32"}
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}

# sealift loads stages by need and starts pip as a program, so PyInstaller does not see all of it.
_WHOLE = ("sealift", "pip")
_WITH_DATA = ("cyclonedx", "license_expression")
_HIDDEN = ("tree_sitter_javascript", "zstandard.backend_c", "brotli")
_UNUSED = ("zstandard.backend_cffi", "zstandard._cffi", "cffi", "setuptools", "tkinter", "sqlite3")


def main(directory: Path) -> None:
    """Write both tarballs to a directory."""
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sealift-standalone-") as temporary:
        work = Path(temporary)
        package = work / "package"
        package.mkdir()
        shutil.move(freeze(work), package / "sealift")
        (package / "package.json").write_text(json.dumps(platform_manifest(), indent=2) + "\n")
        shutil.copy(ROOT / "LICENSE", package)
        pack(package, directory)
        whole = work / "npm"
        shutil.copytree(ROOT / "packages" / "npm", whole)
        shutil.copy(ROOT / "LICENSE", whole)
        pack(whole, directory)


def platform_manifest() -> dict[str, object]:
    """Return the package.json of this host's platform package."""
    system, machine = _SYSTEMS[sys.platform], _MACHINES[platform.machine().lower()]
    return {
        "name": f"@sealift/{system}-{machine}",
        "version": VERSION,
        "description": f"sealift for {system} on {machine}: install the package sealift.",
        "license": "MIT",
        "os": [system],
        "cpu": [machine],
        **({"libc": ["glibc"]} if system == "linux" else {}),
        "files": ["sealift", "LICENSE"],
    }


def freeze(work: Path) -> Path:
    """Return a directory with the self-contained sealift."""
    command = [
        *(sys.executable, "-m", "PyInstaller", "--noconfirm", "--onedir", "--strip"),
        *("--name", "sealift", "--paths", ROOT / "src"),
        *("--distpath", work / "dist", "--workpath", work / "build", "--specpath", work),
        *(word for name in _WHOLE for word in ("--collect-all", name)),
        *(word for name in _WITH_DATA for word in ("--collect-data", name)),
        *(word for name in _HIDDEN for word in ("--hidden-import", name)),
        *(word for name in _UNUSED for word in ("--exclude-module", name)),
        *("--log-level", "ERROR", HERE / "main.py"),
    ]
    subprocess.run(command, check=True)
    return work / "dist" / "sealift"


def pack(package: Path, directory: Path) -> None:
    """Write a package's tarball."""
    npm = [sys.executable, "-m", "rigs.npm", "pack", "--silent"]
    subprocess.run([*npm, "--pack-destination", directory.resolve()], cwd=package, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
