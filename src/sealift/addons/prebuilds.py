"""Prebuilds of a package, chosen as node-gyp-build does when the program runs.

Source: node-gyp-build 4.8's README and prebuildify's. The layout is
``prebuilds/<platform>-<arch>[+<arch>...]/<name>[.<tag>...].node``; tags are ``node``, ``electron``,
``node-webkit`` (runtime), ``napi``, ``abi<N>``, ``uv<N>``, ``armv<N>``, ``glibc`` and ``musl``.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from sealift.lockfiles import NpmPlatform

DIRECTORY = "prebuilds"
_RUNTIMES = ("node", "electron", "node-webkit")
_LIBCS = ("glibc", "musl")
_UV = "1"


class Tags(Struct, frozen=True):
    """The tags in the name of a prebuild; "" for each that it lacks.

    Attributes:
        name: the name without the tags.
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
        """Sort key; the smallest is chosen: for Node, for its ABI, with more tags."""
        texts = (self.runtime, self.abi, self.uv, self.arm_version, self.libc)
        return self.runtime != "node", not self.abi, -sum(map(bool, texts)) - self.napi

    def fit(self, platform: NpmPlatform, module_version: int) -> bool:
        """Return True if Node with that ``NODE_MODULE_VERSION`` loads it on a platform."""
        return (
            self.runtime in ("", "node")
            and (not self.abi or self.napi or self.abi == str(module_version))
            and self.uv in ("", _UV)
            and self.arm_version in ("", platform.arm_version)
            and self.libc in ("", platform.libc or "glibc")
        )


def read_tags(name: str) -> Tags | None:
    """Return the tags in a file's name; None if it is not an addon."""
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


def choose_prebuilds(
    paths: Iterable[str], platform: NpmPlatform, module_version: int
) -> frozenset[str]:
    """Return the files below ``prebuilds/`` of a package that the target's Node may load.

    Args:
        paths: relative to the package, with ``/``; those of other files are ignored.
        platform: the target's.
        module_version: ``NODE_MODULE_VERSION`` of the target's Node; 0 if nothing depends on it.
    """
    folders: dict[str, list[str]] = {}
    for path in paths:
        top, _, rest = path.partition("/")
        folder, _, name = rest.partition("/")
        if top == DIRECTORY and name:
            folders.setdefault(folder, []).append(path)
    fitting = [folder for folder in folders if _is_for(folder, platform)]
    if not fitting:
        return frozenset()
    # A folder for this processor alone is preferred to one for several.
    chosen = min(fitting, key=lambda folder: (folder.count("+"), folder))
    kept: list[str] = []
    best: dict[str, tuple[tuple[bool, bool, int], str]] = {}
    for path in sorted(folders[chosen]):
        tags = read_tags(path.rpartition("/")[2])
        if tags is None:
            kept.append(path)
        elif tags.fit(platform, module_version):
            best[tags.name] = min(best.get(tags.name, (tags.order, path)), (tags.order, path))
    return frozenset((*kept, *(path for _, path in best.values())))


def folder_of(path: str) -> str:
    """Return the folder below ``prebuilds/`` that contains a file, or ""."""
    top, _, rest = path.partition("/")
    folder, _, name = rest.partition("/")
    return folder if top == DIRECTORY and name else ""


def _is_for(folder: str, platform: NpmPlatform) -> bool:
    os, dash, cpus = folder.partition("-")
    return bool(dash) and os == platform.os and platform.cpu in cpus.split("+")
