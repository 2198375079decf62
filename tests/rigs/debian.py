"""Debian 13's packages for any architecture, unpacked without installing them.

apt keeps their lists in a separate directory. The mirror is that of the host's apt.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from rigs.cache import RigError, dev_cache, make_once
from rigs.fetching import run_fetching

_SUITE = "trixie"
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_ARCHES = {"x64": "amd64", "arm64": "arm64"}


def package(name: str, arch: str) -> Path:
    """Return the directory of a package's files; raise RigError without apt or a mirror."""

    def make(folder: Path) -> None:
        lists = folder / "lists"
        (lists / "partial").mkdir(parents=True)
        (folder / "sources").write_text(f"deb [signed-by={_KEYRING}] {_mirror()} {_SUITE} main\n")
        debian = _ARCHES[arch]
        options = {
            "Dir::Etc::sourcelist": folder / "sources",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State::Lists": lists,
            "Dir::State::status": "/dev/null",
            "Dir::Cache::pkgcache": "",
            "Dir::Cache::srcpkgcache": "",
            "APT::Architecture": debian,
            "APT::Architectures::": debian,
            "APT::Sandbox::User": "root",
        }
        apt = ["apt-get", "-qq", *(f"-o{key}={value}" for key, value in options.items())]
        run_fetching([*apt, "update"], folder)
        run_fetching([*apt, "download", name], folder)
        (archive,) = folder.glob("*.deb")
        run_fetching(["dpkg", "-x", str(archive), "files"], folder)
        shutil.rmtree(lists)

    return make_once(dev_cache() / "debian" / f"{name}-{arch}", make) / "files"


def _mirror() -> str:
    if not shutil.which("apt-get") or not Path(_KEYRING).exists():
        raise RigError("apt with debian-archive-keyring")
    known = run_fetching(["apt-get", "indextargets", "--format", "$(REPO_URI)"], Path("/"))
    for uri in known.split():
        if uri.endswith("/debian/"):
            return uri
    raise RigError("a mirror of Debian among apt's sources")
