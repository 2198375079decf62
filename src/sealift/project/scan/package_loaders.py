"""Modules that the functions of packages load or find: ``importFresh('./config')``,
``rewire('./lib')``, ``resolve.sync('schemas/a.json', {basedir: __dirname})``.

Such packages resolve the specifier relative to the file that calls them. In the project's own files
nothing shows which packages do so, but a specifier that names a script of the project, or a file in
a package, says enough. In dependencies the package's name has to say it, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sealift.project.builtin_modules import is_builtin
from sealift.project.references import FileReference, UseKind

_SPECIFIER = re.compile(
    rb"\(\s*(['\"])(\.\.?/[^'\"\n\\]{1,300})\1"
    # In a package; a directory may precede it: ``resolveFrom(__dirname, 'name/file')``.
    rb"|\(\s*(?:[\w$.]{1,60}(?:\(\))?\s*,\s*)?(['\"])((?:@[\w.-]+/)?\w[\w.-]*/[\w./@-]{1,200})\3"
)
_CALLEE = re.compile(
    rb"(?:(?<![\w$.])([A-Za-z_$][\w$]*)|\brequire\(\s*['\"]([^'\"\n./][^'\"\n]*)['\"]\s*\))"
    rb"(?:\.[\w$]+){0,2}$"
)
_LOOK_BACK = 160  # bytes
_BOUND = re.compile(
    rb"\b(?:const|let|var)\s+([\w$]+|\{[\w$\s,:]{1,300}\})\s*=\s*(?:[\w$.]+\()?"
    rb"require\(\s*['\"]([^'\"\n./][^'\"\n]*)['\"]\s*\)"
    rb"|\bimport\s*(?:\*\s*as\s+)?([\w$]+|\{[\w$\s,]{1,300}\})\s*from\s*"
    rb"['\"]([^'\"\n./][^'\"\n]*)['\"]"
)
# ``{a, b as c}`` and ``{a, b: c}`` bind a and c.
_BOUND_NAME = re.compile(rb"(?:[\w$]+\s*(?::|\bas\b)\s*)?([\w$]+)")
# Packages that find modules for their callers: resolve, resolve-from, import-meta-resolve; or that
# read a file beside them.
_FINDER = (
    r"(?:[\w@./-]{0,200}resolve|[\w@./-]{0,200}(?:resolve|import|require)-[\w-]{1,200}"
    r"|mlly|local-pkg|rfile|ruglify)"
)
# A file without these texts loads none of them; looking for them is fast.
_OF_FINDERS = (
    b"resolve'",
    b'resolve"',
    b"resolve-",
    b"import-",
    b"require-",
    b"mlly",
    b"local-pkg",
    b"rfile",
    b"ruglify",
)
_IS_FINDER = re.compile(_FINDER)
_LOADS_FINDER = re.compile(rb"(?:\brequire\(|\bfrom)\s*['\"]" + _FINDER.encode() + rb"['\"]")


def loaded_by_packages(source: bytes, *, of_app: bool) -> Iterator[FileReference]:
    """Yield the files that a file may have packages load or find, `FileReference.taker`.

    ``of_app``: the file belongs to the project itself.
    """
    if not of_app:
        if not any(text in source for text in _OF_FINDERS):
            return
        if _LOADS_FINDER.search(source) is None:
            return
    bound: dict[bytes, bytes] | None = None
    for match in _SPECIFIER.finditer(source):
        callee = _CALLEE.search(source, max(0, match.start() - _LOOK_BACK), match.start())
        if callee is None or callee[1] in (b"require", b"import"):
            continue
        if bound is None:
            bound = dict(_bound_names(source))
        package = (callee[2] or bound.get(callee[1], b"")).decode("utf-8", "replace")
        if package and not is_builtin(package) and (of_app or _IS_FINDER.fullmatch(package)):
            line = source.count(b"\n", 0, match.start()) + 1
            specifier = (match[2] or match[4]).decode("utf-8", "replace")
            yield FileReference(UseKind.LOADED, (specifier,), line, taker=package)


def _bound_names(source: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the names that a file gives to packages and their functions, with the packages."""
    for one in _BOUND.finditer(source):
        names, package = one[1] or one[3], one[2] or one[4]
        for name in _BOUND_NAME.finditer(names):
            yield name[1], package
