"""Packages that read the project's scripts as text, for example to make documentation of comments.

They get globs or names of the scripts, as arguments or in options that are named here. Source: the
documentation of each package.
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.guards import is_guarded, may_skip
from sealift.project.scan.path_takers import taker_of
from sealift.project.scan.scopes import FUNCTIONS
from sealift.project.scan.syntax import NodePath, arguments_of, property_of
from sealift.project.scan.texts import relative_parts
from sealift.project.scan.uses import uses_of
from sealift.project.scan.values import Literal, Text

_TAKERS = frozenset(("browserify", "documentation", "jsdoc-api", "swagger-autogen"))
"""Their functions read the scripts that they are called with."""

_LISTS = {"apis": "swagger-jsdoc"}
"""An option with globs, and whose it is."""

_BASES = {
    "baseDir": ("filesPattern", "express-jsdoc-swagger"),
    "basedir": ("files", "express-swagger-generator"),
    "cwd": ("include", "openapi-comment-parser"),
}
"""An option with a directory, the one with the globs below it, and whose they are."""

OF_CALLER = frozenset(("openapi-comment-parser",))
"""Of these, the ones that read the scripts around their caller if no directory is given."""

_EVERY_SCRIPT = "**/*.js"
_KEYED = ("pair", "shorthand_property_identifier")


def add_read_scripts(analysis: FileAnalysis, path: NodePath, text: Text) -> None:
    """Add the scripts that a path of this package names, if such a package gets it."""
    parts = relative_parts(text)
    if parts is None:
        return
    named = "*".join(parts)
    for package, patterns in _readers(analysis, path, follow=True):
        certain = not is_guarded(analysis, path) and not _is_in_branch(path)
        for pattern in patterns:
            glob = "/".join(filter(None, (named.rstrip("/"), pattern.removeprefix("./"))))
            analysis.references.add_read_scripts(package, glob, path.node, certain=certain)


def add_scripts_around_call(analysis: FileAnalysis, package: str, call: NodePath) -> None:
    """Add the scripts that the function of a package of `OF_CALLER` reads for this call."""
    directory, globs = next((d, g) for d, (g, whose) in _BASES.items() if whose == package)
    options = _options(analysis, call)
    if any(property_of(analysis.source, node, directory) is not None for node in options):
        return
    found = [property_of(analysis.source, node, globs) for node in options]
    patterns = {glob for node in found for glob in _constants(analysis, node, call)}
    certain = not is_guarded(analysis, call) and not _is_in_branch(call)
    analysis.references.add_unproven("path", call.node, is_guarded(analysis, call))
    for pattern in sorted(patterns) or (_EVERY_SCRIPT,):
        glob = pattern.removeprefix("./")
        analysis.references.add_read_scripts(package, glob, call.node, certain=certain)


def _options(analysis: FileAnalysis, call: NodePath) -> list[Node]:
    """Return the objects that the first argument of a call can be."""
    given = arguments_of(call.node)[:1]
    scope = analysis.scopes.of(call)
    values = [value for node in given for value in analysis.values(node, scope)]
    return [node for node in given if node.type == "object"] + [
        value.path.node for value in values if isinstance(value, Literal)
    ]


def _readers(
    analysis: FileAnalysis, path: NodePath, *, follow: bool
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each package that gets a value, and globs below it; "" stands for the value itself."""
    taker = taker_of(analysis, path)
    if taker in _TAKERS:
        yield taker, ("",)
    for at in (path, *path.above()):
        kind = at.node.type
        if kind in _KEYED:
            key = at.node.child_by_field_name("key") or at.node
            name = analysis.source.text(key).strip("'\"")
            if name in _LISTS:
                yield _LISTS[name], ("",)
            elif name in _BASES and at.up is not None:
                option, package = _BASES[name]
                globs = property_of(analysis.source, at.up.node, option)
                if globs is not None or package == taker:
                    yield package, _constants(analysis, globs, at) or (_EVERY_SCRIPT,)
        elif kind == "variable_declarator" and follow:
            for binding in analysis.scopes.declared_by(at.node, at):
                for use in uses_of(analysis, binding):
                    yield from _readers(analysis, use, follow=False)
        elif kind in FUNCTIONS or kind.endswith("_statement"):
            return


def _constants(analysis: FileAnalysis, node: Node | None, at: NodePath) -> tuple[str, ...]:
    """Return the texts of an option, or of the array that it is."""
    if node is None:
        return ()
    scope = analysis.scopes.of(at)
    nodes = node.named_children if node.type == "array" else [node]
    values = [value for one in nodes for value in analysis.values(one, scope)]
    return tuple(v.constant for v in values if isinstance(v, Text) and v.constant)


def _is_in_branch(path: NodePath) -> bool:
    """Return True if the function around a place may run without it."""
    below = path
    for above in path.above():
        if above.node.type not in FUNCTIONS and may_skip(above, below):
            return True
        below = above
    return False
