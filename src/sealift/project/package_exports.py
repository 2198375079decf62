"""``exports`` and ``imports`` of package.json: the file that a subpath maps to.

Source: Node's documentation of ECMAScript modules, "Resolution and loading algorithm"
(PACKAGE_EXPORTS_RESOLVE, PACKAGE_IMPORTS_RESOLVE, PACKAGE_TARGET_RESOLVE), and
``lib/internal/modules/esm/resolve.js`` for details (deprecated forms, order of errors).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Container, Iterable
from typing import Any
from urllib.parse import unquote

from sealift.project.package_json import Package


class ResolutionError(Exception):
    """Node throws here; ``code`` is Node's own (``MODULE_NOT_FOUND``, ``ERR_...``)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


_NODE_MODULES = (
    "(?:n|%6e|%4e)(?:o|%6f|%4f)(?:d|%64|%44)(?:e|%65|%45)(?:_|%5f)(?:m|%6d|%4d)(?:o|%6f|%4f)"
    "(?:d|%64|%44)(?:u|%75|%55)(?:l|%6c|%4c)(?:e|%65|%45)(?:s|%73|%53)"
)
# Empty segments ("a//b") are deprecated but valid.
_INVALID_SEGMENT = re.compile(
    rf"(?:^|[\\/])(?:(?:\.|%2e)(?:\.|%2e)?|{_NODE_MODULES})(?:[\\/]|$)", re.IGNORECASE
)
_ENCODED_SEPARATOR = re.compile("%2f|%5c", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")

_Bare = Callable[[str, str], str]
"""Resolves a bare specifier (first) from a directory (second); for ``imports`` only."""


def file_of_url_path(directory: str, reference: str) -> str:
    """Return the file that a URL relative to ``directory`` names, without query and fragment."""
    path = re.split(r"[?#]", reference, maxsplit=1)[0]
    if _ENCODED_SEPARATOR.search(path):
        raise ResolutionError(
            "ERR_INVALID_MODULE_SPECIFIER",
            f'\'{reference}\' must not include encoded "/" or "\\" characters',
        )
    decoded = unquote(path, errors="surrogateescape").replace("\\", "/")
    joined = os.path.normpath(os.path.join(directory, decoded))
    return joined + os.sep if decoded.endswith("/") else joined


def resolve_exports(package: Package, subpath: str, conditions: Container[str]) -> str:
    """Return the file that ``subpath`` (``.`` or ``./...``) of a package with ``exports`` maps to.

    The file may not exist. Raise `ResolutionError` where Node throws.
    """
    exports = package.exports
    if _is_sugar(package, exports):
        exports = {".": exports}
    found = _match(package, subpath, exports, conditions, None)
    if found is None:
        named = 'No "exports" main defined' if subpath == "." else f"'{subpath}' is not exported"
        raise ResolutionError("ERR_PACKAGE_PATH_NOT_EXPORTED", f"{named} by {package.path}")
    return found


def resolve_imports(
    package: Package, specifier: str, conditions: Container[str], bare: _Bare
) -> str:
    """Return the file (or "" for a built-in module) that ``#specifier`` of a package maps to."""
    if isinstance(package.imports, dict):
        found = _match(package, specifier, package.imports, conditions, bare)
        if found is not None:
            return found
    raise ResolutionError(
        "ERR_PACKAGE_IMPORT_NOT_DEFINED", f"'{specifier}' is not defined by {package.path}"
    )


def _is_sugar(package: Package, exports: Any) -> bool:
    if not isinstance(exports, dict):
        return True
    dotted = [key.startswith(".") for key in exports]
    if any(dotted) and not all(dotted):
        raise ResolutionError(
            "ERR_INVALID_PACKAGE_CONFIG",
            f'"exports" of {package.path} mixes keys that start with "." and keys that do not',
        )
    return not any(dotted) and bool(exports)


def _match(
    package: Package,
    key: str,
    table: dict[str, Any],
    conditions: Container[str],
    bare: _Bare | None,
) -> str | None:
    """One entry of the table, exact or by the most specific pattern."""
    if key in table and "*" not in key and not key.endswith("/"):
        return _target(package, table[key], None, key, conditions, bare)
    best, matched = "", ""
    for pattern in table:
        head, star, tail = pattern.partition("*")
        if not star or "*" in tail or not key.startswith(head) or key == head:
            continue
        if len(key) < len(pattern) or not key.endswith(tail):
            continue
        if not best or _more_specific(pattern, best):
            best, matched = pattern, key[len(head) : len(key) - len(tail)]
    if not best:
        return None
    return _target(package, table[best], matched, best, conditions, bare)


def _more_specific(pattern: str, other: str) -> bool:
    """PATTERN_KEY_COMPARE: the longer constant head wins, then the longer key."""
    head, other_head = pattern.index("*"), other.index("*")
    return head > other_head if head != other_head else len(pattern) > len(other)


def _target(
    package: Package,
    target: Any,
    match: str | None,
    key: str,
    conditions: Container[str],
    bare: _Bare | None,
) -> str | None:
    """PACKAGE_TARGET_RESOLVE; None both for null and for "no condition holds"."""
    found = _target_or_absent(package, target, match, key, conditions, bare)
    return found if isinstance(found, str) else None


class _Absent:
    """An object none of whose conditions hold; unlike null, the search then continues."""


_ABSENT = _Absent()


def _target_or_absent(
    package: Package,
    target: Any,
    match: str | None,
    key: str,
    conditions: Container[str],
    bare: _Bare | None,
) -> str | _Absent | None:
    if isinstance(target, str):
        return _target_text(package, target, match, key, bare)
    if isinstance(target, list):
        return _first_valid(package, target, match, key, conditions, bare)
    if isinstance(target, dict):
        if any(name.isascii() and name.isdigit() for name in target):
            raise ResolutionError(
                "ERR_INVALID_PACKAGE_CONFIG", f"'{key}' of {package.path} has numeric keys"
            )
        for condition in target:
            if condition == "default" or condition in conditions:
                found = _target_or_absent(package, target[condition], match, key, conditions, bare)
                if not isinstance(found, _Absent):
                    return found
        return _ABSENT
    if target is None:
        return None
    raise _invalid_target(package, key, target)


def _first_valid(
    package: Package,
    targets: Iterable[Any],
    match: str | None,
    key: str,
    conditions: Container[str],
    bare: _Bare | None,
) -> str | _Absent | None:
    """Return the first valid target, whether or not its file exists."""
    problem: ResolutionError | None = None
    last: _Absent | None = None
    for target in targets:
        try:
            found = _target_or_absent(package, target, match, key, conditions, bare)
        except ResolutionError as error:
            if error.code != "ERR_INVALID_PACKAGE_TARGET":
                raise
            problem = error
            continue
        if isinstance(found, str):
            return found
        if found is None:
            problem = None
        last = found
    if problem is not None:
        raise problem
    return last


def _target_text(
    package: Package, target: str, match: str | None, key: str, bare: _Bare | None
) -> str:
    if not target.startswith("./"):
        if bare is None or target.startswith(("../", "/")) or _is_url(target):
            raise _invalid_target(package, key, target)
        return bare(target if match is None else target.replace("*", match), package.directory)
    if _INVALID_SEGMENT.search(target[2:]):
        raise _invalid_target(package, key, target)
    if match is None:
        return file_of_url_path(package.directory, target)
    if _INVALID_SEGMENT.search(match):
        raise ResolutionError(
            "ERR_INVALID_MODULE_SPECIFIER", f"'{match}' is not a valid match of '{key}'"
        )
    return file_of_url_path(package.directory, target.replace("*", match))


def _is_url(text: str) -> bool:
    return _SCHEME.match(text) is not None


def _invalid_target(package: Package, key: str, target: object) -> ResolutionError:
    return ResolutionError(
        "ERR_INVALID_PACKAGE_TARGET",
        f"{target!r} is not a valid target of '{key}' in {package.path}",
    )
