"""The values of Node's modules, its globals, and their members."""

from __future__ import annotations

from collections.abc import Callable

from sealift.project.references import ReferenceKind
from sealift.project.scan import values as v
from sealift.project.scan.texts import dirname, join, normalise, relative_parts, resolve, url
from sealift.project.scan.values import Builtin, Intrinsic, Text, Value

GLOBALS: dict[str, Value] = {
    "require": v.Require(),
    "__non_webpack_require__": v.Require(),
    "__dirname": v.DIRECTORY,
    "__filename": v.FILE,
    "module": Intrinsic.MODULE,
}
GLOBALS.update(
    (name, Builtin(name))
    for name in (
        "process", "console", "URL", "String", "decodeURIComponent", "decodeURI", "encodeURI",
        "eval", "Function", "Error", "TypeError", "RangeError", "SyntaxError", "AggregateError",
        "Boolean", "assert",
    )
)  # fmt: skip

MODULES = {
    "path": "path", "path/posix": "path", "path/win32": "path", "pathe": "path", "upath": "path",
    "fs": "fs", "fs/promises": "fs", "graceful-fs": "fs", "fs-extra": "fs",
    "url": "url", "module": "module", "worker_threads": "worker_threads", "assert": "assert",
    "child_process": "child_process", "cluster": "cluster", "process": "process",
}  # fmt: skip

_SAME_MODULE = frozenset(("default", "posix", "win32", "promises", "native"))
_CONSTANTS = {"path.sep": v.constant("/"), "path.delimiter": v.constant(":")}
_ALIASES: dict[str, Value] = {
    "url.URL": Builtin("URL"), "module.Module": Builtin("module"), "process.argv.1": v.ENTRY,
}  # fmt: skip


def _of_first(function: Callable[[Value], Value]) -> Callable[[list[Value]], Value]:
    return lambda arguments: function(arguments[0]) if arguments else v.UNKNOWN


def _url(arguments: list[Value]) -> Value:
    if not arguments:
        return v.UNKNOWN
    return url(arguments[0], arguments[1] if len(arguments) > 1 else None)


_IDENTITY = _of_first(lambda value: value)

TEXT_FUNCTIONS: dict[str, Callable[[list[Value]], Value]] = {
    "path.join": join,
    "path.resolve": resolve,
    "path.normalize": _of_first(normalise),
    "path.normalizeSafe": _of_first(normalise),
    "path.dirname": _of_first(dirname),
    "path.toNamespacedPath": _IDENTITY,
    "fs.realpathSync": _IDENTITY,
    "fs.realpath": _IDENTITY,
    "url.fileURLToPath": _IDENTITY,
    "url.pathToFileURL": _IDENTITY,
    "url.parse": _IDENTITY,
    "url.format": _IDENTITY,
    "decodeURIComponent": _IDENTITY,
    "decodeURI": _IDENTITY,
    "encodeURI": _IDENTITY,
    "String": _IDENTITY,
    "URL": _url,
    "process.cwd": lambda _: v.ELSEWHERE,
}


def module_value(specifier: str) -> Value:
    """Return the exports of a module."""
    name = specifier.removeprefix("node:")
    return Builtin(MODULES[name]) if name in MODULES else v.Package(specifier)


def created_require(base: Value) -> Value:
    """Return the result of ``createRequire(base)``."""
    kind = ReferenceKind.CREATED_REQUIRE
    if not isinstance(base, Text):
        return v.Require(kind, None)
    if base.base is v.Base.ELSEWHERE:
        return v.Require(kind, None, users=True)
    parts = relative_parts(base) if base.is_anchored else None
    if parts is None or len(parts) > 1:
        return v.Require(kind, None)
    # Node takes a path that ends with a slash for a directory, any other one for a file in it.
    relative = parts[0] or ("./" if base.parts[-1].endswith("/") else ".")
    is_path = "/" in relative or relative in (".", "..")
    of_entry = base.base is v.Base.ENTRY
    return v.Require(kind, relative if is_path else "", of_entry=of_entry)


def member_of(target: Value, name: str) -> Value:
    """Return the value of ``target.name``."""
    if isinstance(target, Builtin):
        if name in _SAME_MODULE and (name != "win32" or target.name == "path"):
            return target
        if target.name == "process" and name == "mainModule":
            return Intrinsic.MAIN
        full = f"{target.name}.{name}"
        return _CONSTANTS.get(full) or _ALIASES.get(full) or Builtin(full)
    if isinstance(target, v.Package):
        if target.specifier == "threads" and name == "Worker":
            return Builtin("worker_threads.Worker")
        return target if name == "default" else v.Package(target.specifier, member=True)
    if isinstance(target, v.Require):
        if name == "resolve":
            return v.Resolve(target)
        return Intrinsic.MAIN if name == "main" else v.UNKNOWN
    if target is Intrinsic.MODULE:
        known: dict[str, Value] = {
            "require": v.Require(), "filename": v.FILE, "path": v.DIRECTORY,
            "constructor": Builtin("module"), "createRequire": Builtin("module.createRequire"),
            "parent": Intrinsic.OTHER_MODULE, "children": Intrinsic.OTHER_MODULE,
        }  # fmt: skip
        return known.get(name, v.UNKNOWN)
    if target is Intrinsic.MAIN:
        main: dict[str, Value] = {
            "require": v.Require(of_entry=True), "filename": v.ENTRY, "path": v.ENTRY_DIRECTORY,
            "constructor": Builtin("module"), "children": Intrinsic.OTHER_MODULE,
        }  # fmt: skip
        return main.get(name, v.UNKNOWN)
    if target is Intrinsic.OTHER_MODULE:
        other: dict[str, Value] = {
            "require": v.Require(base=None), "constructor": Builtin("module"),
            "parent": target, "children": target,
        }  # fmt: skip
        return target if name.isdecimal() else other.get(name, v.UNKNOWN)
    if target is Intrinsic.IMPORT_META:
        meta: dict[str, Value] = {
            "url": v.FILE, "filename": v.FILE, "dirname": v.DIRECTORY, "resolve": v.Resolve(None),
        }  # fmt: skip
        return meta.get(name, v.UNKNOWN)
    if isinstance(target, Text) and target.base is not v.Base.NONE and name in ("href", "pathname"):
        return target
    return v.UNKNOWN
