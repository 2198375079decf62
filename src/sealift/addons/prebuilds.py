"""Prebuilds inside a package, chosen as node-gyp-build does when the program runs.

Source: node-gyp-build 4.8's README and prebuildify's. The layout is
``prebuilds/<platform>-<arch>[+<arch>...]/<name>[.<tag>...].node``; tags are ``node``, ``electron``,
``node-webkit`` (runtime), ``napi``, ``abi<N>``, ``uv<N>``, ``armv<N>``, ``glibc`` and ``musl``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sealift.lockfiles import NpmPlatform

DIRECTORY = "prebuilds"
_RUNTIMES = ("node", "electron", "node-webkit")
_LIBCS = ("glibc", "musl")
_UV = "1"


@dataclass(frozen=True, slots=True)
class Tags:
    """What the name of a prebuild says; "" where it says nothing.

    Attributes:
        name: what is left without the tags.
    """

    name: str = ""
    runtime: str = ""
    abi: str = ""
    uv: str = ""
    arm_version: str = ""
    libc: str = ""
    napi: bool = False

    @property
    def order(self) -> tuple[bool, bool, int]:
        """The smaller of two is taken: one for Node, for its ABI, with more tags."""
        texts = (self.runtime, self.abi, self.uv, self.arm_version, self.libc)
        return self.runtime != "node", not self.abi, -sum(map(bool, texts)) - self.napi

    def fits(self, machine: NpmPlatform, module_version: int) -> bool:
        """Tell whether Node of that ``NODE_MODULE_VERSION`` would take it on a machine."""
        return (
            self.runtime in ("", "node")
            and (not self.abi or self.napi or self.abi == str(module_version))
            and self.uv in ("", _UV)
            and self.arm_version in ("", machine.arm_version)
            and self.libc in ("", machine.libc or "glibc")
        )


def read_tags(name: str) -> Tags | None:
    """Read the tags in a file's name; None if it is no addon."""
    *words, extension = name.split(".")
    if extension != "node":
        return None
    found: dict[str, str] = {}
    rest = []
    for word in words:
        if word in _RUNTIMES:
            found["runtime"] = word
        elif word in _LIBCS:
            found["libc"] = word
        else:
            for head, key in (("abi", "abi"), ("uv", "uv"), ("armv", "arm_version")):
                if word.startswith(head) and word != head:
                    found[key] = word[len(head) :]
                    break
            else:
                if word != "napi":
                    rest.append(word)
    return Tags(name=".".join(rest), **found, napi="napi" in words)


def choose(paths: Iterable[str], machine: NpmPlatform, module_version: int) -> frozenset[str]:
    """Give those of a package's files below ``prebuilds/`` that a machine's Node may take.

    Args:
        paths: relative to the package, with ``/``; others than prebuilds are passed over.
        machine: the target's.
        module_version: of the target's Node; 0 if nothing depends on it.
    """
    folders: dict[str, list[str]] = {}
    for path in paths:
        top, _, rest = path.partition("/")
        folder, _, name = rest.partition("/")
        if top == DIRECTORY and name:
            folders.setdefault(folder, []).append(path)
    fitting = [folder for folder in folders if _is_for(folder, machine)]
    if not fitting:
        return frozenset()
    # One for this processor alone comes before one for several.
    chosen = min(fitting, key=lambda folder: (folder.count("+"), folder))
    kept: list[str] = []
    best: dict[str, tuple[tuple[bool, bool, int], str]] = {}
    for path in sorted(folders[chosen]):
        tags = read_tags(path.rpartition("/")[2])
        if tags is None:
            kept.append(path)
        elif tags.fits(machine, module_version):
            best[tags.name] = min(best.get(tags.name, (tags.order, path)), (tags.order, path))
    return frozenset((*kept, *(path for _, path in best.values())))


def folder_of(path: str) -> str:
    """Give the folder below ``prebuilds/`` that a file is in, or ""."""
    top, _, rest = path.partition("/")
    folder, _, name = rest.partition("/")
    return folder if top == DIRECTORY and name else ""


def _is_for(folder: str, machine: NpmPlatform) -> bool:
    os, dash, cpus = folder.partition("-")
    return bool(dash) and os == machine.os and machine.cpu in cpus.split("+")
