"""Modules that the functions of packages load or find: ``importFresh('./config')``,
``rewire('./lib')``, ``resolve.sync('schemas/a.json', {basedir: __dirname})``.

Such packages resolve the specifier relative to the file that calls them. Nothing shows which
packages do so, but a specifier that names a script of the project, or a file in a package, says
enough.
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
    rb"\b(?:const|let|var)\s+([\w$]+)\s*=\s*(?:[\w$.]+\()?require\(\s*['\"]([^'\"\n./][^'\"\n]*)['\"]\s*\)"
    rb"|\bimport\s+(?:\*\s*as\s+)?([\w$]+)\s+from\s*['\"]([^'\"\n./][^'\"\n]*)['\"]"
)


def loaded_by_packages(source: bytes) -> Iterator[FileReference]:
    """Yield the scripts that a file may have packages load, `FileReference.taker`."""
    bound: dict[bytes, bytes] | None = None
    for match in _SPECIFIER.finditer(source):
        callee = _CALLEE.search(source, max(0, match.start() - _LOOK_BACK), match.start())
        if callee is None or callee[1] in (b"require", b"import"):
            continue
        if bound is None:
            bound = {
                name: package
                for one in _BOUND.finditer(source)
                for name, package in [(one[1] or one[3], one[2] or one[4])]
            }
        package = (callee[2] or bound.get(callee[1], b"")).decode("utf-8", "replace")
        if package and not is_builtin(package):
            line = source.count(b"\n", 0, match.start()) + 1
            specifier = (match[2] or match[4]).decode("utf-8", "replace")
            yield FileReference(UseKind.LOADED, (specifier,), line, taker=package)
