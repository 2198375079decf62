"""Files that a package finds by a convention: its caller names them by less than a path.

- commander runs the script ``app-install`` beside the entry point ``app`` for
  ``.command('install [name]', 'a description')``, or the option ``executableFile``.
- yargs loads the scripts in ``commands``, beside its caller, for ``.commandDir('commands')``.
- swagger-jsdoc reads the comments of the scripts that ``apis: ['./routes/*.js']`` names. They are
  relative to the working directory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sealift.project.references import ReferenceKind, UseKind, WorkingDirectoryReference
from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.identifier_index import positions_of
from sealift.project.scan.syntax import NodePath, arguments_of, property_of
from sealift.project.scan.values import Text, Values

_COMMAND = b"command"
_COMMAND_DIRECTORY = b"commandDir"
_SWAGGER = re.compile(rb"swagger-?jsdoc", re.IGNORECASE)
_APIS = re.compile(rb"\bapis\s*:\s*\[([^\]]{0,2000})\]")
# A text in the list that is not an argument, as in ``path.join(__dirname, 'routes/*.js')``.
_CALL = re.compile(rb"\([^()]*\)")
_LISTED = re.compile(rb"(?:^|,)\s*(['\"`])([^'\"`$]{1,300})\1\s*(?=,|$)")


def read_from_working_directory(source: bytes) -> Iterator[WorkingDirectoryReference]:
    """Yield the patterns of scripts that are read and relative to the working directory."""
    if b"apis" not in source or _SWAGGER.search(source) is None:
        return
    for listed in _APIS.finditer(source):
        line = source.count(b"\n", 0, listed.start()) + 1
        for text in _LISTED.finditer(_CALL.sub(b"()", listed[1])):
            path = text[2].decode("utf-8", "replace")
            if not path.startswith("/"):
                yield WorkingDirectoryReference(UseKind.READ, path, line)


def convention_positions(source: bytes) -> Iterator[int]:
    """Yield where the methods are written that such packages are called by."""
    if b"commander" in source:
        yield from positions_of(source, _COMMAND)
    yield from positions_of(source, _COMMAND_DIRECTORY)


def add_conventional(analysis: FileAnalysis, method: NodePath) -> None:
    """Add the files that the call of a method names, if it is one of these methods."""
    member = method.up
    call = member.up if member is not None and member.is_called else None
    if call is None:
        return
    name = analysis.source.data[method.node.start_byte : method.node.end_byte]
    arguments = analysis.arguments_at(call)
    if name == _COMMAND_DIRECTORY and arguments:
        for directory in _constants(arguments[0]):
            parts = (f"./{directory.removeprefix('./').rstrip('/')}/", "")
            analysis.references.add_pattern(ReferenceKind.REQUIRE, parts, call.node)
    elif name == _COMMAND and len(arguments) > 1 and any(_constants(arguments[1])):
        for command in _constants(arguments[0]):
            if command.strip():
                _add_subcommand(analysis, call, command.split()[0])


def _add_subcommand(analysis: FileAnalysis, call: NodePath, command: str) -> None:
    """Add the script of one of commander's subcommands, wherever `executableDir` has it."""
    scope = analysis.scopes.of(call)
    options = arguments_of(call.node)[2:3]
    option = property_of(analysis.source, options[0], "executableFile") if options else None
    names = list(_constants(analysis.values(option, scope))) if option is not None else []
    patterns = [pattern for file in names for pattern in ((f"./{file}", ""), ("./", f"/{file}"))]
    for parts in patterns or [("./", f"-{command}")]:
        analysis.references.add_pattern(ReferenceKind.REQUIRE, parts, call.node, of_entry=True)


def _constants(values: Values) -> Iterator[str]:
    for value in values:
        if isinstance(value, Text) and value.constant is not None:
            yield value.constant
