"""What packaged data needs beside itself: pages, style sheets, templates and schemas name files.

Code names only the first of them: ``pug.renderFile(path.join(__dirname, 'mail.pug'))`` reads what
``mail.pug`` extends, and ``JSDOM.fromFile`` runs the scripts of a page. Each format has its own
statements for that; a name counts if there is such a file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from sealift.model import Reason, ReasonKind
from sealift.project.filesystem import PathKind
from sealift.project.inclusions import include_beside_program
from sealift.project.needs import Need
from sealift.project.project_extent import contains
from sealift.project.roles import extension_of, is_script
from sealift.project.tasks import TracedFile
from sealift.project.trace import Trace
from sealift.tools.input_files import NotRegularError

_MAX_SIZE = 1 << 20  # bytes; what is larger has no author who would name files in it
_MAX_NAMES = 1000  # in one file
_KINDS = (ReasonKind.FILE_REFERENCE, ReasonKind.DIRECTORY_REFERENCE, ReasonKind.PATTERN)

_ATTRIBUTE = (
    rb"\b(?:src|href|poster|path|schemaLocation)\s*=\s*(?:\"([^\"<>{}\n]{1,300})\""
    rb"|'([^'<>{}\n]{1,300})'|([^\s\"'<>{}]{1,300}))"
)
_STYLE = (
    rb"@(?:import|use|forward|require|reference)\b[^;{}'\"\n]{0,80}"
    rb"(?:\"([^\"\n]{1,300})\"|'([^'\n]{1,300})')|\burl\(\s*['\"]?([^'\"()\s]{1,300})"
)
_INDENTED = rb"^[ \t]*(?:extends|include(?::[\w-]+)?)[ \t]+([^\s'\"(]{1,300})[ \t]*$"
_QUOTED = (
    rb"\b(?:include|includeFile|extends|import|from|render|layout|embed|source)\b[ \t(]{0,20}"
    rb"(?:\"([^\"\n]{1,300})\"|'([^'\n]{1,300})')"
)
_PROTOCOL = rb"^[ \t]*import[ \t]+(?:(?:public|weak)[ \t]+)?\"([^\"\n]{1,300})\""
_GRAPHQL = rb"^#[ \t]*import\b[^'\"\n]{0,200}['\"]([^'\"\n]{1,300})['\"]"
_REFERENCE = rb"['\"]?(?:\$ref|extends)['\"]?[ \t]*:[ \t]*['\"]?([^\s'\",\[\]{}]{1,300})"

_PAGE = _ATTRIBUTE + rb"|" + _STYLE
_STATEMENTS: dict[str, re.Pattern[bytes]] = {
    extension: re.compile(statement, re.MULTILINE)
    for extensions, statement in (
        (".html .htm .xhtml .svg .mjml .xml .xsd .wsdl", _PAGE),
        (".css .scss .sass .less .styl .pcss", _STYLE),
        (".pug .jade", _INDENTED),
        (".ejs .njk .nunjucks .liquid .twig .eta .vm .ftl", _QUOTED + rb"|" + _PAGE),
        (".proto", _PROTOCOL),
        (".graphql .gql", _GRAPHQL),
        (".json .yaml .yml", _REFERENCE),
    )
    for extension in extensions.split()
}
_PAGES = frozenset((".html", ".htm", ".xhtml"))
# An address, or only a fragment of this file.
_ELSEWHERE = re.compile(r"[A-Za-z][\w+.-]*:|//|#|$")


def include_for_data(trace: Trace, file: TracedFile) -> None:
    """Package what a file that is not a script needs: a program's files, or those it names."""
    include_beside_program(trace, file)
    statements = _STATEMENTS.get(extension_of(file.path).lower())
    if (
        statements is None
        or file.size > _MAX_SIZE
        or not (file.read is not None or file.reason.kind in _KINDS)
        or trace.is_whole(file.owner)
    ):
        return
    try:
        text = trace.filesystem.read(file.path, _MAX_SIZE)
    except (OSError, NotRegularError):  # the one who packages it reports that
        return
    is_page = extension_of(file.path).lower() in _PAGES
    for name, line, is_source in _names(text, statements):
        found = next(_places(trace, file, name, is_page=is_page), None)
        if found is None or (is_script(found, as_module=False) and not (is_page and is_source)):
            continue
        # Scripts of pages run in browsers: every visitor gets their source.
        reason = Reason(ReasonKind.FILE_REFERENCE, file.path, line, name)
        trace.add_path(found, reason, Need.INCLUDED, data=is_page)


def _names(text: bytes, statements: re.Pattern[bytes]) -> Iterator[tuple[str, int, bool]]:
    """Yield the names of files in a text, each once, its line, and whether it is a ``src``."""
    known: set[bytes] = set()
    for match in statements.finditer(text):
        name = match[match.lastindex or 0].strip()
        if name in known:
            continue
        known.add(name)
        if len(known) > _MAX_NAMES:
            return
        path = re.split(r"[?#]", name.decode("utf-8", "replace"), maxsplit=1)[0]
        if not _ELSEWHERE.match(path):
            line = text.count(b"\n", 0, match.start()) + 1
            yield path, line, match[0].startswith(b"src")


def _places(trace: Trace, file: TracedFile, name: str, *, is_page: bool) -> Iterator[str]:
    """Yield the files that a name can mean, the likeliest first.

    Names in pages are whole. Other names may lack the file's own extension, and they are relative
    to the file or to a directory above it that the program knows. Sass marks partial files with an
    underscore.
    """
    top, directory, own = file.owner.directory, os.path.dirname(file.path), extension_of(file.path)
    while contains(top, directory):
        path = os.path.normpath(os.path.join(directory, name.lstrip("/")))
        folder, base = os.path.split(path)
        hidden = os.path.join(folder, f"_{base}")
        others = (path + own, hidden, hidden + own, os.path.join(path, f"_index{own}"))
        for place in (path, *(() if is_page else others)):
            if trace.filesystem.kind(place) is PathKind.FILE:
                yield place
        if is_page or name.startswith(("./", "../")):
            return
        directory = os.path.dirname(directory)
