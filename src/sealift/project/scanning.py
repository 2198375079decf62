"""The questions that are asked about a script; each answer depends on its content alone.

The scanner and its parser are imported by the first question: a build without changes takes all
answers from the last one (`scan_cache`).
"""

from __future__ import annotations

from sealift.findings import Excerpt
from sealift.project.references import SourceReferences
from sealift.record import replace

MAX_CHECKED = 1 << 19
"""The project's own scripts of up to this many bytes are checked for syntax errors throughout."""

MAX_SEARCHED = 2 << 20
"""Larger scripts, in bytes, are not searched for uses of the text of functions."""

IS_DATA = "data"
"""The question that `is_data` answers."""


def references_question(*, module: bool | None, of_app: bool, checked: bool) -> str:
    """Return the question that `read_references` answers."""
    return f"references {module} {of_app} {checked}"


def texts_question(*, own: bool) -> str:
    """Return the question that `find_texts` answers."""
    return f"texts {own}"


def find_references(source: bytes, *, module: bool | None) -> SourceReferences:
    """Return everything that one JavaScript file refers to; see `sealift.project.scan`."""
    from sealift.project import scan

    return scan.find_references(source, module=module)


def has_module_syntax(source: bytes) -> bool:
    """Return True if a script whose type is not declared is an ES module."""
    from sealift.project import scan

    return scan.has_module_syntax(source)


def read_references(
    source: bytes, *, module: bool | None, of_app: bool, checked: bool
) -> SourceReferences:
    """Return what a script refers to, as `SourceFiles.references` describes it.

    Args:
        source: the script.
        module: whether it is an ES module; None if its syntax decides.
        of_app: it belongs to the project itself.
        checked: V8 has accepted it, so what the parser does not understand is no problem.
    """
    from sealift.project.scan import (
        extension_handlers,
        line_of_resolution_hook,
        loaded_by_packages,
        read_from_working_directory,
        served_from_working_directory,
        syntax_problems,
    )

    found = find_references(source, module=module)
    if checked:
        found = replace(found, problems=())
    elif of_app and not found.problems and len(source) <= MAX_CHECKED:
        found = replace(found, problems=syntax_problems(source))
    if handlers := tuple(extension_handlers(source)):
        found = replace(found, handlers=handlers)
    if loaded := tuple(loaded_by_packages(source, of_app=of_app)):
        found = replace(found, files=(*found.files, *loaded))
    if of_app:
        if hook := line_of_resolution_hook(source):
            found = replace(found, resolution_hook=hook)
        others = (*served_from_working_directory(source), *read_from_working_directory(source))
        if others:
            found = replace(found, working_directory=(*found.working_directory, *others))
    return found


def find_texts(source: bytes, *, own: bool) -> tuple[Excerpt, ...]:
    """Return where a script uses the text of functions that it is called with.

    ``own``: also the text of its own functions.
    """
    from sealift.project.scan import own_function_texts, taken_function_texts

    texts = {use.line: use for use in taken_function_texts(source)}
    if own:
        texts |= {use.line: use for use in own_function_texts(source)}
    return tuple(texts[line] for line in sorted(texts))


def is_data(source: bytes) -> bool:
    """Return True if a script only assigns literals to properties of the global object."""
    from sealift.project import scan

    return scan.is_data(source)
