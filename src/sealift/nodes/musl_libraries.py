"""The shared libraries that a musl Node needs: they become part of its executables.

They come with the binary, in the wheel or beside a binary that the user names. Otherwise those of
a wheel are used if the binary can use them: of the wheel of the same release if the names are a
wheel's own, else of the newest. The C library is not one of them; it comes from `sealift.musl`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from sealift.cache import digest_of
from sealift.errors import FormatError, NodeError
from sealift.findings import Severity
from sealift.formats.elf.dynamic_section import DynamicSection, read_dynamic_section
from sealift.formats.elf.headers import Elf, read_elf
from sealift.formats.elf.merge_input import MERGED_MACHINES, common_name, is_musl
from sealift.model import Library, NodeBinary
from sealift.nodes import messages
from sealift.record import replace
from sealift.target import NodeRange, Platform, Target

_CPLUSPLUS = b"_Z"  # names of C++ begin with it; only libstdc++ can define missing ones
_ORIGIN = ("$ORIGIN", "${ORIGIN}")


def with_libraries(binary: NodeBinary, lend: Callable[[Target], NodeBinary]) -> NodeBinary:
    """Return ``binary`` with exactly the libraries that it needs, in the order of its list.

    Args:
        binary: with the libraries that came with it; if none did, they are searched near it.
        lend: returns the wheel's binary for a target, whose libraries may fit as well.

    Raises:
        NodeError: ``libraries-missing``: some are not available; or as ``lend``.
    """
    merged = binary.platform.facts.libc == "musl" and binary.arch in MERGED_MACHINES
    if not merged or binary.facts.is_static:
        return binary
    own = binary.libraries or libraries_beside(binary.path)
    found, missing = _needed(binary.path, own)
    if not missing:
        return replace(binary, libraries=found)
    # The hashes in names that auditwheel makes are those of one wheel.
    version = binary.version
    exactly = NodeRange((version.major, version.minor, version.patch))
    renamed = any(common_name(name) != name for name in missing)
    release = exactly if renamed else NodeRange(())
    try:
        lender = lend(Target(release, Platform.ALPINE, binary.arch))
    except NodeError as error:
        raise _missing(binary, missing, f"and none could be fetched ({error.message})") from error
    found, missing = _needed(binary.path, (*own, *lender.libraries))
    if missing:
        raise _missing(binary, missing, f"nor with {lender.origin}")
    if lacking := _undefined(binary, found):
        names = [common_name(library.name) for library in found]
        raise _missing(binary, names, f"and those of {lender.origin} lack {lacking}")
    borrowed = messages.LIBRARIES_BORROWED.finding(
        Severity.NOTE,
        libraries=", ".join(sorted(common_name(one.name) for one in found)),
        origin=binary.origin,
        lender=lender.origin,
    )
    return replace(binary, libraries=found, findings=(*binary.findings, borrowed))


def libraries_beside(path: Path) -> tuple[Library, ...]:
    """Return the libraries of a user's binary: in its RPATH, beside it, or in ``../lib``."""
    _, dynamic = _read(path)
    if dynamic is None:
        return ()
    paths = [part for part in dynamic.search_path.split(":") if part]
    # Other paths are of the machine that the binary was made on.
    places = [Path(_from(part, path.parent)) for part in paths if part.startswith(_ORIGIN)]
    places += [path.parent, path.parent.parent / "lib"]
    found: dict[str, Library] = {}
    wanted = [*dynamic.needed]
    while wanted:
        name = wanted.pop(0)
        if name in found or is_musl(name) or "/" in name:
            continue
        for place in places:
            file = place / name
            needed = _needed_by_musl_library(file, path)
            if needed is not None:
                status = file.stat()
                found[name] = Library(name, file.resolve(), status.st_size, digest_of(file))
                wanted += needed
                break
    return tuple(found.values())


def _needed(binary: Path, at_hand: Sequence[Library]) -> tuple[tuple[Library, ...], list[str]]:
    """Return the libraries of ``at_hand`` that the binary needs, and the names of missing ones."""
    by_name: dict[str, Library] = {}
    for library in at_hand:
        by_name.setdefault(library.name, library)
        by_name.setdefault(common_name(library.name), library)
    found: dict[Path, Library] = {}
    missing: list[str] = []
    wanted = [*_needs(binary)]
    while wanted:
        name = wanted.pop(0)
        if is_musl(name):
            continue
        named = by_name.get(name)
        if named is None:
            missing.append(name)
        elif named.path not in found:
            found[named.path] = replace(named, name=name)
            wanted += _needs(named.path)
    return tuple(found.values()), list(dict.fromkeys(missing))


def _undefined(binary: NodeBinary, libraries: Iterable[Library]) -> str:
    """Return a C++ symbol that the binary needs and no library defines; "" if there is none."""
    defined: set[bytes] = set()
    for library in libraries:
        defined |= _symbols(library.path)[0]
    return min(_symbols(binary.path)[1] - defined, default=b"").decode("utf-8", "replace")


def _symbols(path: Path) -> tuple[set[bytes], set[bytes]]:
    """Return the names of C++'s library that a file defines, and those that it needs."""
    defined: set[bytes] = set()
    needed: set[bytes] = set()
    try:
        with path.open("rb") as file:
            dynamic = read_dynamic_section(read_elf(file))
            for symbol in dynamic.symbols(_CPLUSPLUS) if dynamic else ():
                if symbol.is_defined:
                    defined.add(symbol.name)
                elif not symbol.is_weak:
                    needed.add(symbol.name)
    except (FormatError, OSError) as error:
        raise _unreadable(path, error) from error
    return defined, needed


def _needs(path: Path) -> Sequence[str]:
    _, dynamic = _read(path)
    return dynamic.needed if dynamic else ()


def _read(path: Path) -> tuple[Elf, DynamicSection | None]:
    try:
        with path.open("rb") as file:
            elf = read_elf(file)
            return elf, read_dynamic_section(elf)
    except (FormatError, OSError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: FormatError | OSError) -> NodeError:
    reason = error.message if isinstance(error, FormatError) else error.strerror
    return messages.LIBRARY_REFUSED.error(path=path, reason=str(reason).rstrip("."))


def _needed_by_musl_library(file: Path, binary: Path) -> Sequence[str] | None:
    """Return what a library needs; None if it is missing, or not for that binary."""
    if not file.is_file():
        return None
    elf, dynamic = _read(file)
    if dynamic is None or elf.machine != _read(binary)[0].machine:
        return None
    # On a system with glibc its libraries have the same names.
    return None if "libc.so.6" in dynamic.needed else dynamic.needed


def _from(part: str, origin: Path) -> str:
    for word in _ORIGIN:
        part = part.replace(word, str(origin))
    return part


def _missing(binary: NodeBinary, names: Sequence[str], why: str) -> NodeError:
    return messages.LIBRARIES_MISSING.error(
        version=binary.version, origin=binary.origin, libraries=", ".join(names), why=why
    )
