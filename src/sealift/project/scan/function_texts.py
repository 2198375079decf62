r"""Code that uses the text of functions, which is blank where source does not ship.

`own_function_texts` finds uses of functions that the file itself declares::

    worker.postMessage(run.toString());  vm.runInThisContext(`(${run})()`);  '(' + run + ')()'

`taken_function_texts` finds files that use the text of the functions that they are called with: to
run it elsewhere, or to read the names of the parameters::

    fn.toString().match(/\(([^)]*)\)/)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sealift.findings import Excerpt
from sealift.project.scan.analysis import FileAnalysis
from sealift.project.scan.expressions import EXPRESSIONS
from sealift.project.scan.guards import is_conditional, is_guarded
from sealift.project.scan.scopes import Binding, Declared
from sealift.project.scan.syntax import NodePath, ParsedSource, line_of
from sealift.project.scan.values import Function, Package

_MAX_USES = 1000
_SHORTEST_NAME = 3  # minified names mean something else in every function

_NAME = rb"(?<![\w$])[A-Za-z_$][\w$]*+"
_DECLARED = re.compile(
    rb"\b(?:function\s*\*?|class)\s+(" + _NAME + rb")"
    rb"|(" + _NAME + rb")\s*[=:]\s*(?:async\s*)?"
    rb"(?:function\b|class\b|" + _NAME + rb"\s*=>|\([^()]{0,300}\)\s*=>)"
    rb"|(" + _NAME + rb")\s*\([^()]{0,300}\)\s*\{"
)
_MEMBERS = rb"(?:[\w$]{1,80}\.){0,5}"
_USED = re.compile(
    rb"(" + _NAME + rb")\s*(?:\?\.|\.)\s*toString\s*\(\s*\)"
    rb"|\$\{\s*" + _MEMBERS + rb"(" + _NAME + rb")\s*\}"
    rb"|\b(?:String|toString\.call)\(\s*" + _MEMBERS + rb"(" + _NAME + rb")\s*\)"
    rb"|['\"`]\s*\+\s*" + _MEMBERS + rb"(" + _NAME + rb")\s*(?=[-+;,)\]}\n])"
    rb"|(" + _NAME + rb")\s*\+\s*['\"`]"
)
_CLASSES = frozenset(("class_declaration", "class"))

# ``(${fn})()`` and ``'(' + fn.toString() + ')('``: the text is called. Regular expressions that
# begin with constant text are fast.
_CALLED = re.compile(
    rb"\(\$\{\s*(" + _NAME + rb")(?:\s*\}\s*\)\s*\((?:\s*\)|\s*\.\.\.|\s*\$\{\s*JSON\b)"
    rb"|\.toString\(\)\s*\}\s*\)\s*\()"
)
_CALLED_SUM = re.compile(rb"\.toString\(\)\s*\+\s*['\"]\)\s*\(")
_BEFORE_SUM = re.compile(rb"['\"]\(['\"]\s*\+\s*(" + _NAME + rb")$")
# ``fn.toString()`` and ``Function.prototype.toString.call(fn)``.
_TEXT = re.compile(rb"toString(?:\(\)|\.call\(\s*[\w$.]{1,80}\s*\))")
# The beginning of a regular expression for the parameters between parentheses.
_PARAMETERS = (
    rb"/(?:[^/\n\\]|\\[^(\n]){0,60}?(?<![A-Za-z])(?:function[^/\n]{0,20}?)?\\\(\\?[s*?+)(:\w\\]{0,12}"
    rb"(?:\[\^\\?\)|\[\\s\\S\]|\.\*)[^/\n]{0,40}?\\\)"
)
# After the text: a search in it, perhaps without its comments.
_SEARCHED = re.compile(
    rb"(?:\s*\.\s*(?:replace|trim|slice)\([^;\n]{0,80}?\))?"
    rb"\s*\.\s*(?:match|replace|split)\(\s*(?:(" + _PARAMETERS + rb")|(" + _NAME + rb"))"
)
# Before the text, in its line: a search in it, and a name that it is stored under.
_SEARCHES = re.compile(
    rb"(?:(" + _PARAMETERS + rb")[^/\n]{0,40}/[a-z]*|(" + _NAME + rb"))\.exec\([^;\n]{0,60}$"
)
_STORED = re.compile(rb"(" + _NAME + rb")\s*=\s*[^;\n=]{0,80}$")
_TO_STRING = re.compile(rb"Function\.prototype\.toString\b(?!\.)")
_LOOK_BACK, _LOOK_AHEAD = 160, 1000  # bytes


def own_function_texts(source: bytes) -> tuple[Excerpt, ...]:
    """Return where a file uses the text of its own functions and classes.

    `Excerpt.certain`: that runs whenever the file is loaded.
    """
    declared = _declared_names(source)
    uses = [
        (match.start(match.lastindex or 0), False)
        for match in _USED.finditer(source)
        if len(_name(match)) >= _SHORTEST_NAME and _name(match) in declared
    ]
    uses.extend((position, True) for position, _ in _called(source))
    if not uses:
        return ()
    analysis = FileAnalysis(ParsedSource(source), EXPRESSIONS)
    found: dict[int, Excerpt] = {}
    for position, is_called in uses[:_MAX_USES]:
        use = _own_use(analysis, position, is_called=is_called)
        if use is not None:
            found.setdefault(use.line, use)
    return tuple(found[line] for line in sorted(found))


def taken_function_texts(source: bytes) -> tuple[Excerpt, ...]:
    """Return where a file uses the text of functions that it is called with."""
    called = list(_called(source))
    places = list(_searches(source))
    if not called and not places:
        return ()
    declared = _declared_names(source) if called else frozenset()
    places.extend(position for position, name in called if name not in declared)
    found = {source.count(b"\n", 0, position) + 1: position for position in places}
    return tuple(Excerpt(line, _line_at(source, found[line])) for line in sorted(found))


def _line_at(source: bytes, position: int) -> str:
    """Return the rest of a line before and after a byte offset, at most 80 characters."""
    start = max(source.rfind(b"\n", 0, position) + 1, position - 40)
    text = source[start : position + 80].partition(b"\n")[0].decode("utf-8", "replace")
    return " ".join(text.split())[:80]


def _called(source: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield where names are written whose texts are called as functions, and the names."""
    for match in _CALLED.finditer(source):
        yield match.start(1), match[1]
    for match in _CALLED_SUM.finditer(source):
        start = max(0, match.start() - _LOOK_BACK)
        before = _BEFORE_SUM.search(source[start : match.start()])
        if before is not None:
            yield start + before.start(1), before[1]


def _searches(source: bytes) -> Iterator[int]:
    """Yield where the text of a function is searched for its parameters."""
    texts = list(_TEXT.finditer(source))
    for taken in _TO_STRING.finditer(source):  # const text = Function.prototype.toString
        stored = _STORED.search(source[max(0, taken.start() - _LOOK_BACK) : taken.start()])
        if stored is not None:
            texts.extend(re.finditer(rb"\b" + re.escape(stored[1]) + rb"\.call\(", source))
    for text in texts:
        before = source[max(0, text.start() - _LOOK_BACK) : text.start()].rpartition(b"\n")[2]
        search = _SEARCHED.match(source, text.end()) or _SEARCHES.search(before)
        if search is None or not _is_for_parameters(source, search):
            stored = _STORED.search(before)
            is_function = b".call" in text[0]
            search = _search_in(source, stored[1], text.end(), is_function) if stored else None
        if search is not None and _is_for_parameters(source, search):
            yield text.start()


def _search_in(
    source: bytes, name: bytes, position: int, is_function: bool
) -> re.Match[bytes] | None:
    """Return the search in the text that a name stands for, if it follows soon.

    ``is_function``: the text is certainly that of a function, so looking for ``(`` is enough.
    """
    name = rb"\b" + re.escape(name)
    searches = [
        name + rb"\s*\.\s*(?:match|replace)\(\s*(?:(" + _PARAMETERS + rb")|(" + _NAME + rb")\s*\))",
        name + rb"\.(?:slice|substring)\(\s*" + name + rb"\.indexOf\(['\"]\(['\"]",
        name + rb"\.(?:startsWith|indexOf|includes)\(['\"]=>['\"]",
    ]
    if is_function:
        searches.append(name + rb"\.indexOf\(['\"]\(['\"]")
    area = source[position : position + _LOOK_AHEAD]
    return re.search(b"|".join(searches), area)


def _is_for_parameters(source: bytes, search: re.Match[bytes]) -> bool:
    return not search[2] or _is_pattern(source, search[2])


def _is_pattern(source: bytes, name: bytes) -> bool:
    """Return True if a name stands for a regular expression for parameters."""
    pattern = rb"\b" + re.escape(name) + rb"\s*=\s*" + _PARAMETERS
    return re.search(pattern, source) is not None


def _declared_names(source: bytes) -> frozenset[bytes]:
    return frozenset(_name(match) for match in _DECLARED.finditer(source))


def _name(match: re.Match[bytes]) -> bytes:
    return match[match.lastindex or 0]


def _own_use(analysis: FileAnalysis, position: int, *, is_called: bool) -> Excerpt | None:
    """Return the use of a function of the program at a byte offset; None if it is none."""
    path = analysis.source.at(position)
    if path is None or path.up is None:
        return None
    if path.node.type == "property_identifier" and path.up.node.type == "member_expression":
        path = path.up
    elif path.node.type != "identifier":
        return None
    text = _text_of(analysis, path)
    if text is None:
        return None
    is_function = any(isinstance(x, Function) for x in analysis.values_at(path))
    if not is_function and path.node.type == "identifier":
        name = analysis.source.text(path.node)
        binding = analysis.scopes.lookup(name, analysis.scopes.of(path))
        is_function = binding is not None and (
            _is_class(binding) or (is_called and _is_of_program(analysis, binding))
        )
    if not is_function:
        return None
    runs = not is_conditional(text) and not is_guarded(analysis, text)
    return Excerpt(line_of(path.node), analysis.source.excerpt(text.node), certain=runs)


def _is_class(binding: Binding) -> bool:
    value = binding.node.child_by_field_name("value") or binding.node
    return value.type in _CLASSES


def _is_of_program(analysis: FileAnalysis, binding: Binding) -> bool:
    """Return True for a parameter, and for what another file of the package exports."""
    if binding.declared is Declared.PARAMETER:
        return True
    if binding.declared is Declared.IMPORT:
        source = binding.node.child_by_field_name("source")
        return source is not None and analysis.source.string(source).startswith((".", "#"))
    value = binding.node.child_by_field_name("value")
    modules = analysis.values(value, binding.scope) if value is not None else ()
    return any(isinstance(x, Package) and x.specifier.startswith((".", "#")) for x in modules)


def _text_of(analysis: FileAnalysis, path: NodePath) -> NodePath | None:
    """Return the expression that makes a text of the value at ``path``; None if none does."""
    up = path.up
    if up is None:
        return None
    kind = up.node.type
    if kind == "member_expression" and path.is_field("object"):
        name = up.node.child_by_field_name("property")
        is_text = name is not None and analysis.source.text(name) == "toString"
        return up.up if is_text and up.is_called else None
    if kind == "template_substitution":
        return up
    if kind == "binary_expression":
        operator = up.node.child_by_field_name("operator")
        return up if operator is not None and operator.type == "+" else None
    if kind == "arguments" and up.up is not None:
        callee = up.up.node.child_by_field_name("function")
        called = analysis.source.text(callee) if callee is not None else ""
        is_text = called == "String" or called.endswith("toString.call")
        return up.up if is_text else None
    return None
