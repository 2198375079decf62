"""Values that leave the code that can be analysed: as arguments, or by any other way."""

from __future__ import annotations

import re

from sealift.project.references import UseKind
from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.calls import add_call
from sealift.project.scan.command_words import command_path
from sealift.project.scan.guards import is_conditional, is_guarded
from sealift.project.scan.listings import reads_listing
from sealift.project.scan.path_takers import taker_of
from sealift.project.scan.script_readers import add_read_scripts
from sealift.project.scan.static_handlers import is_served
from sealift.project.scan.syntax import NodePath, arguments_of
from sealift.project.scan.texts import names_below, relative_parts
from sealift.project.scan.uses import pass_to_parameter, trace_uses
from sealift.project.scan.values import (
    FILE,
    LOADERS,
    MAX_ALTERNATIVES,
    Base,
    Builtin,
    Function,
    Intrinsic,
    Require,
    Resolve,
    Text,
    Value,
    Values,
    is_anchored,
)

MAX_RECURSIVE = 2
"""Values of a parameter beyond which a function's calls of itself pass no others to it."""

_RUNNERS = frozenset(("spawn", "spawnSync", "execFile", "execFileSync"))
_RUNS_NODE = re.compile(r"execPath|process\.argv\[0\]|argv0|['\"]node['\"]")

# Calls that only look at a path, print it or compare it.
_HARMLESS_BUILTIN = re.compile(
    r"^(?:console|path|process\.emitWarning|assert|Boolean|\w*Error|module|url|eval|Function)(?:\.|$)"
    r"|^fs\.(?:exists|stat|lstat|access|realpath|watch|unwatch|promises)\w*$"
)
_HARMLESS_NAME = re.compile(
    r"^(?:_?debug\w*|log|logger|warn|error|info|trace|verbose|print|assert|equal|strictEqual|\w*Error)$"
)
_DIRECTORY_READERS = re.compile(r"^fs\.(?:readdir|opendir|cp|glob|watch|scandir|readdirp)\w*$")
_FILE_READERS = re.compile(r"^fs\.(?:readFile|createReadStream|open|copyFile|openAsBlob|read)\w*$")
_READERS = re.compile(r"^fs\.(?:readFile|copyFile|cp|createReadStream|openAsBlob)(?:Sync)?$")
_RUN_BY_NODE = re.compile(r"(?:^|[\s/\\\"'])node(?:\.exe)?[\"']?\s+(?:-\S+\s+)*[\"']?$")
"""The beginning of a command, as in ``node x.js``."""
_SHIM = re.compile(r"__require\d*$")  # esbuild's stand-in for require


def add_argument(
    analysis: FileAnalysis, call: NodePath, argument: NodePath, values: Values
) -> None:
    """Add what the values refer to that are an argument of a call."""
    field = "constructor" if call.node.type == "new_expression" else "function"
    callee = call.node.child_by_field_name(field)
    if callee is None:
        return
    source = analysis.source
    scope = analysis.scopes.of(call)
    functions = analysis.values(callee, scope)
    arguments = arguments_of(call.node)
    position = next((i for i, a in enumerate(arguments) if a.id == argument.node.id), -1)
    if callee.type == "member_expression":  # function () {}.call(this, ...)
        method = callee.child_by_field_name("property")
        target = callee.child_by_field_name("object")
        if method is not None and target is not None and source.text(method) == "call":
            functions = analysis.values(target, scope)
            position -= 1
    if any(_takes(f, position) for f in functions):
        if call.node.id in analysis.flow.calls:  # collected before a parameter had this value
            function_path = source.path_of(callee)
            if function_path is not None:
                add_call(analysis, function_path, functions)
        return
    own = [f for f in functions if isinstance(f, Function)]
    runs_once = callee.type != "identifier" or any(
        f.path.node.type not in ("function_declaration", "generator_function_declaration")
        for f in own
    )
    is_path = any(is_anchored(x) for x in values)
    if own and position >= 0 and (runs_once or not is_path):
        parameters = [
            parameter
            for function in own
            for parameter in analysis.scopes.parameters(function.path)
            if parameter.position == position and parameter.access == ()
        ]
        recursive = any(f.path.node.id == above.node.id for f in own for above in call.above())
        limit = MAX_RECURSIVE if recursive else MAX_ALTERNATIVES
        passed = [pass_to_parameter(analysis, p, values, limit) for p in parameters]
        if (passed and all(passed)) or not is_path:
            return
    if is_path:
        names = [f.name for f in functions if isinstance(f, Builtin)]
        if "process.chdir" in names:
            analysis.references.add_packaged_directory(call.node)
        add_command(analysis, argument, values)
        last = callee
        if callee.type == "member_expression":
            last = callee.child_by_field_name("property") or callee
        name = source.text(last) if last.type.endswith("identifier") else ""
        for value in values:
            if isinstance(value, Text) and value.is_anchored:
                _add_path_argument(analysis, value, argument, names, name)
        return
    if any(isinstance(f, Builtin) and _HARMLESS_BUILTIN.match(f.name) for f in functions):
        return
    add_escaped(analysis, argument, values)


def add_working_directory(analysis: FileAnalysis, path: NodePath, values: Values) -> None:
    """Add that a packaged directory is the option ``cwd`` of a child process, if it is."""
    pair = path.up
    if pair is None or pair.node.type != "pair" or not any(is_anchored(x) for x in values):
        return
    key = pair.node.child_by_field_name("key")
    call = next((above for above in pair.above() if above.node.type == "call_expression"), None)
    if key is None or analysis.source.text(key) != "cwd" or call is None:
        return
    callee = call.node.child_by_field_name("function")
    functions = analysis.values(callee, analysis.scopes.of(call)) if callee is not None else ()
    if any(isinstance(f, Builtin) and f.name.startswith("child_process.") for f in functions):
        analysis.references.add_packaged_directory(pair.node)


def add_command(analysis: FileAnalysis, path: NodePath, values: Values) -> None:
    """Add the path in a command that the program, which sees the disk only, does not find."""
    hidden = command_path(analysis, path, values)
    if hidden is not None:
        analysis.references.add_command_path(hidden, path.node)


def _takes(function: Value, position: int) -> bool:
    """Return True if the references of the function's calls cover the argument."""
    if isinstance(function, LOADERS) or function is Intrinsic.IMPORT:
        return position == 0
    if isinstance(function, Builtin):
        if function.name == "URL":
            return True
        of_scripts = function.name in ("worker_threads.Worker", "child_process.fork")
        return position == 0 and (of_scripts or function.name.startswith("module."))
    return False


def _add_path_argument(
    analysis: FileAnalysis, text: Text, path: NodePath, builtins: list[str], name: str
) -> None:
    references = analysis.references
    add_read_scripts(analysis, path, text)
    parts = relative_parts(text)
    reads_directory = any(_DIRECTORY_READERS.match(b) for b in builtins)
    if reads_directory and parts and len(parts) == 1 and not names_below(parts):
        references.add_file(UseKind.PATH, parts, path.node, of_entry=text.base is Base.ENTRY)
        return
    looked_at = _HARMLESS_NAME.match(name) is not None or any(
        _HARMLESS_BUILTIN.match(b) for b in builtins
    )
    if looked_at and references.is_plain(text):
        return
    guarded = is_guarded(analysis, path)
    reads = any(_READERS.match(b) for b in builtins)
    is_one = parts is not None and len(parts) == 1
    certain = (
        reads
        and not guarded
        and (not is_conditional(path) if is_one else reads_listing(analysis, path, text))
    )
    reads_itself = text.base is FILE.base and parts == relative_parts(FILE)
    if reads_itself and any(_FILE_READERS.match(b) for b in builtins):
        references.add_file(UseKind.PATH, parts or (), path.node, reads=True, certain=certain)
        return
    use = UseKind.SERVED if is_served(analysis, path) else UseKind.PATH
    taker = "" if builtins else taker_of(analysis, path)
    runs = _RUN_BY_NODE.search(text.before) is not None
    references.add_path(
        use, text, path.node, guarded, taker,
        reads=reads, certain=certain, looked_at=looked_at or runs,
    )  # fmt: skip


def add_escaped(analysis: FileAnalysis, path: NodePath, values: Values) -> None:
    """Add what the values can refer to where their further way cannot be traced."""
    if _is_in_shim(analysis, path):
        return
    references = analysis.references
    add_command(analysis, path, values)
    guarded = is_guarded(analysis, path)
    shown = path.up if path.up is not None else path
    if shown.node.type == "arguments" and shown.up is not None:
        shown = shown.up
    for value in values:
        if isinstance(value, Require):
            if not value.users:
                references.add_unproven("require", shown.node, guarded)
        elif isinstance(value, Resolve):
            references.add_unproven("require" if value.of else "import", shown.node, guarded)
        elif value is Intrinsic.IMPORT_META:
            references.add_unproven("path", shown.node, guarded)
        elif isinstance(value, Text) and value.is_anchored:
            add_read_scripts(analysis, path, value)
            taker = taker_of(analysis, path)
            references.add_path(_use(analysis, path), value, path.node, guarded, taker)


def add_unused_path(analysis: FileAnalysis, path: NodePath, values: Values) -> None:
    """Add a path that is written but not used: that is how people have a file packaged."""
    references = analysis.references
    for value in values:
        if isinstance(value, Text) and value.is_anchored:
            parts = relative_parts(value)
            if parts is not None and names_below(parts) and not references.is_plain(value):
                references.add_path(UseKind.PATH, value, path.node, False, looked_at=True)


def add_call_through(analysis: FileAnalysis, member: NodePath, values: Values) -> bool:
    """Add what ``require.call(this, 'x')`` loads; the arguments of ``apply`` are unproven.

    Return False if the member is neither ``call`` nor ``apply`` of ``require``.
    """
    if member.node.type != "member_expression":
        return False
    name = member.node.child_by_field_name("property")
    call = member.up
    requires = [value for value in values if isinstance(value, Require)]
    if not requires or name is None or call is None or not member.is_called:
        return False
    method = analysis.source.text(name)
    if method == "apply":
        add_escaped(analysis, member, values)
    elif method == "call":
        for require in requires:
            for specifiers in analysis.arguments_at(call)[1:2]:
                analysis.references.add_modules(
                    require.kind, require, specifiers, call.node,
                    guarded=is_guarded(analysis, call), conditional=is_conditional(call),
                )  # fmt: skip
    return method in ("apply", "call")


def _is_in_shim(analysis: FileAnalysis, path: NodePath) -> bool:
    """Return True in the declaration of esbuild's ``__require``, whose uses are traced instead."""
    for above in path.above():
        name = above.node.child_by_field_name("name")
        is_declarator = above.node.type == "variable_declarator" and name is not None
        if is_declarator and name is not None and _SHIM.match(analysis.source.text(name)):
            for binding in analysis.scopes.declared_by(above.node, above):
                trace_uses(analysis, binding)
            return True
    return False


def _use(analysis: FileAnalysis, path: NodePath) -> UseKind:
    if _is_script(analysis, path):
        return UseKind.FORK
    return UseKind.SERVED if is_served(analysis, path) else UseKind.PATH


def _is_script(analysis: FileAnalysis, path: NodePath) -> bool:
    """Return True for a script that Node is started with: ``spawn(process.execPath, [script])``."""
    array = path.up
    if array is None or array.node.type != "array" or array.up is None:
        return False
    call = array.up.up
    if array.up.node.type != "arguments" or call is None:
        return False
    callee = call.node.child_by_field_name("function")
    arguments = arguments_of(call.node)
    if callee is None or not arguments or arguments[0].id == array.node.id:
        return False
    called = analysis.source.text(callee).rpartition(".")[2]
    program = analysis.source.text(arguments[0])
    return called in _RUNNERS and _RUNS_NODE.search(program) is not None
