"""Static handlers: functions that send files to browsers as they are.

Source: the documentation of each handler. A handler is recognised by its package
(``require('serve-static')``) or by its usual name (``express.static``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from sealift.project.references import UseKind, WorkingDirectoryReference
from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.syntax import NodePath, arguments_of
from sealift.project.scan.values import Package

_PACKAGES = frozenset((
    "@fastify/send", "@fastify/static", "@hapi/inert", "@hono/node-server/serve-static",
    "@nestjs/serve-static", "connect-gzip-static", "ecstatic", "express-static-gzip",
    "fastify-static", "inert", "koa-better-serve", "koa-send", "koa-static", "koa-static-cache",
    "node-static", "send", "serve-handler", "serve-static", "sirv", "st",
))  # fmt: skip
_NAME = re.compile(
    r"(?:(?:use|serve|express|fastify|koa|hono|send)_?)?static(?:Assets|Files?|Plugin|Module|Server"
    r"|Middleware|Handler|Gzip)?|sirv|sendFile|send_?file",
    re.IGNORECASE,
)
_HAPI = frozenset(("directory", "file"))
"""Keys of a route's handler, around the path."""

# ``express.static('public')``: the path is relative to the working directory.
_FROM_WORKING_DIRECTORY = re.compile(
    rb"\b(?:express|connect|restify)\.static\s*\(\s*(['\"`])(?P<express>[\w@./-]+)\1"
    rb"|\b(?:serveStatic|sirv|koaStatic|expressStaticGzip|useStaticAssets)\s*\(\s*"
    rb"(?:\{[^{}]{0,200}?\b(?:root|directory)\s*:\s*)?(['\"`])(?P<other>[\w@./-]+)\3"
)
_WORDS = (
    b"express.static", b"connect.static", b"restify.static", b"serveStatic", b"sirv", b"koaStatic",
    b"expressStaticGzip", b"useStaticAssets",
)  # fmt: skip


def is_served(analysis: FileAnalysis, path: NodePath) -> bool:
    """Return True if a value is an argument of a static handler, or in the options of one."""
    keys = []
    for above in path.above():
        kind = above.node.type
        if kind == "pair":
            key = above.node.child_by_field_name("key")
            keys.append(analysis.source.text(key) if key is not None else "")
        elif kind == "arguments":
            return above.up is not None and _is_handler(analysis, above.up, keys)
        elif kind not in ("object", "array"):
            break
    return False


def served_from_working_directory(source: bytes) -> Iterator[WorkingDirectoryReference]:
    """Yield the paths of static handlers that are relative to the working directory."""
    if not any(word in source for word in _WORDS):  # much faster than the expression
        return
    for match in _FROM_WORKING_DIRECTORY.finditer(source):
        text = (match["express"] or match["other"]).decode()
        line = source.count(b"\n", 0, match.start()) + 1
        yield WorkingDirectoryReference(UseKind.SERVED, text, line)


def _is_handler(analysis: FileAnalysis, call: NodePath, keys: list[str]) -> bool:
    field = "constructor" if call.node.type == "new_expression" else "function"
    callee = call.node.child_by_field_name(field)
    if callee is None:
        return False
    if _last_name(analysis, callee) == "route" and not _HAPI.isdisjoint(keys):
        return True
    # ``app.register(fastifyStatic, {root})``: the handler is another argument.
    functions = [callee, *(arguments_of(call.node) if keys else ())]
    return any(_is_static(analysis, node, call) for node in functions)


def _is_static(analysis: FileAnalysis, function: Node, call: NodePath) -> bool:
    target: Node | None = function
    while target is not None and target.type not in ("object", "string"):
        if _NAME.fullmatch(_last_name(analysis, target)):
            return True
        values = analysis.values(target, analysis.scopes.of(call))
        if any(isinstance(v, Package) and v.specifier in _PACKAGES for v in values):
            return True
        # ``nodeStatic.Server``, ``ServeStaticModule.forRoot``
        is_member = target.type == "member_expression"
        target = target.child_by_field_name("object") if is_member else None
    return False


def _last_name(analysis: FileAnalysis, function: Node) -> str:
    if function.type == "member_expression":
        function = function.child_by_field_name("property") or function
    return analysis.source.text(function) if function.type.endswith("identifier") else ""
