"""The licence texts of everything that is in an executable, as one text."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from sealift.documents.node_components import library_licence
from sealift.documents.own_licence import OWN_LICENCE
from sealift.documents.packaged_packages import PackagedPackage
from sealift.formats.elf.merge_input import common_name
from sealift.target_build import TargetBuild
from sealift.tools.input_files import NotRegularError, read_regular
from sealift.version import VERSION

_NAMES = re.compile(
    r"(?:mit-|bsd-|apache-|gpl-|third[-_ ]?party[-_ ]?)?"
    r"(?:licen[cs]es?|copying|copyright|notices?|unlicense|patents|ofl)"
    r"(?:[-_. ].*)?",
    re.IGNORECASE,
)
_SOURCE = re.compile(r".*\.(?:[cm]?[jt]sx?|json|map|html?|css|py|rb|c|h)", re.IGNORECASE)
_LARGEST = 4 << 20
_RULE = "=" * 78


def write_notices(
    build: TargetBuild, packages: Sequence[PackagedPackage], node_licence: str | None
) -> tuple[str, list[str]]:
    """Return the notices of an executable, and the packages that have no licence text.

    Equal texts are there once, below the names of all packages that have them. The project itself
    is left out: its licence is its owner's to state.

    Args:
        build: with its project, Node binary, musl and front.
        packages: of the project.
        node_licence: the text of Node's LICENSE; None if it is not available.
    """
    version = build.node.version
    node = f"Node.js {version}, with the libraries that it contains"
    texts: dict[str, list[str]] = {_clean(OWN_LICENCE): [f"sealift {VERSION} (MIT): its runtime"]}
    absent = []
    if node_licence is not None:
        texts.setdefault(_clean(node_licence), []).append(node)
    else:
        absent.append(f"Node.js {version}: see LICENSE in its source")
    if build.musl is not None:
        if musl_licence := _read(build.musl.path.with_name("COPYRIGHT")):
            texts.setdefault(musl_licence, []).append(f"musl {build.musl.version}")
        else:
            absent.append(f"musl {build.musl.version}: see COPYRIGHT in its source")
    if build.front is not None:
        name = f"Brotli {build.front.brotli}: its decoder"
        if brotli_licence := _read(build.front.path.with_name("LICENSE")):
            texts.setdefault(brotli_licence, []).append(name)
        else:
            absent.append(f"{name}: see LICENSE in its source")
    missing: list[PackagedPackage] = []
    for package in packages:
        if package.is_app:
            continue
        found = list(_texts_of(package.directory))
        if not found:
            missing.append(package)
        for text in found:
            texts.setdefault(text, []).append(_title(package))
    lines = [
        f"Licences of what {build.project.name} contains.",
        "",
        "Besides the program itself, its executable contains what is named below, with the",
        "texts of the licences.",
    ]
    absent += (_title(package) for package in missing)
    lines += _without_text(build, absent)
    for text, names in texts.items():
        lines += ["", _RULE, *dict.fromkeys(names), _RULE, "", text]
    return "\n".join(lines) + "\n", [package.label for package in missing]


def _without_text(build: TargetBuild, absent: Sequence[str]) -> Iterator[str]:
    """Yield the lines about what has no text of its own."""
    libraries = [common_name(library.name) for library in build.node.libraries]
    if build.musl is not None and libraries:
        yield ""
        yield "Libraries of the compiler that are part of the executable:"
        for name in libraries:
            yield f"  {name}: {library_licence(name) or 'licence unknown'}"
    if absent:
        yield ""
        yield "No licence text was found for:"
        yield from (f"  {name}" for name in absent)


def _title(package: PackagedPackage) -> str:
    return f"{package.label} ({package.licence or 'no licence declared'})"


def _texts_of(directory: Path) -> Iterator[str]:
    """Yield the texts in files such as LICENSE, NOTICE.md and COPYING, sorted by name."""
    try:
        names = sorted(entry.name for entry in directory.iterdir())
    except OSError:
        return
    for name in names:
        if _is_licence(name) and _may_take(directory, name) and (text := _read(directory / name)):
            yield text


def _is_licence(name: str) -> bool:
    return _NAMES.fullmatch(name) is not None and _SOURCE.fullmatch(name) is None


def _may_take(directory: Path, name: str) -> bool:
    """Return False if a link in a package leads to a file that is not the package's.

    A member of a workspace may link to the licence of the whole.
    """
    top, real = Path(os.path.realpath(directory)), Path(os.path.realpath(directory / name))
    is_installed = "node_modules" in top.parts
    return real.is_relative_to(top) or (not is_installed and _is_licence(real.name))


def _read(path: Path) -> str:
    """Return a text; "" if there is none, or it is not a text of usual length."""
    try:
        data = read_regular(path, _LARGEST)
    except (OSError, NotRegularError):
        return ""
    if len(data) > _LARGEST or b"\0" in data:
        return ""
    return _clean(data.decode("utf-8-sig", "replace"))


def _clean(text: str) -> str:
    """Return a text with line feeds alone, and no blank lines around it."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return "\n".join(lines).strip("\n")
