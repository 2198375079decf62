"""What ships of each script: bytecode, source, or both; and the findings about it.

Public source ships beside its bytecode, so that a program can read its own files and the text of
its functions. Other source does not ship; see docs/decisions/whose-source-may-ship.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath

from sealift.bytecode import messages
from sealift.bytecode.target_support import compiled_roles
from sealift.findings import Excerpt, Finding, Severity
from sealift.model import (
    Bytecode,
    CodeForm,
    NodeBinary,
    Project,
    ProjectFile,
    ReasonKind,
    Role,
    ScriptCounts,
)
from sealift.record import replace

_NAMES_IN_MESSAGE = 8
_SCRIPTS = (".js", ".mjs", ".cjs")
_TYPESCRIPT = (".ts", ".mts", ".cts")
_DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")

# These packages take the text of functions that they are called with. They run it elsewhere (in a
# worker, a browser or a database), read the names of its parameters, or distinguish functions by
# it. So the caller's source must ship. Each was tried without it, or its code was read. The code of
# other packages shows that they do so, see `ProjectFile.texts`.
_TAKE_TEXT_OF_FUNCTIONS = frozenset(
    {
        "awilix",
        "gpu.js",
        "paralleljs",
        "playwright",
        "playwright-core",
        "pouchdb",
        "pouchdb-generate-replication-id",
        "pouchdb-mapreduce",
        "puppeteer",
        "puppeteer-core",
        "selenium-webdriver",
        "serialize-javascript",
        "serialize-to-js",
        "tiny-worker",
        "webdriverio",
        "workerpool",
    }
)
# Few programs need it of these: async (`autoInject` alone), fn.name (functions without a name) and
# mongodb (functions as values).
_RARELY_TAKE_TEXT_OF_FUNCTIONS = frozenset({"async", "bson", "fn.name", "mongodb"})
# These packages take the text of their own functions or files.
_TAKE_OWN_TEXT = frozenset({"dot", "jison", "uglify-js", "webpack"})


def undisclosed_scripts(project: Project) -> list[ProjectFile]:
    """Return the scripts whose source must not ship."""
    return [file for file in project.scripts if not file.public]


def count_scripts(project: Project, bytecode: Bytecode | None) -> ScriptCounts:
    """Return how many scripts of one target ship in which form."""
    total = len(project.scripts)
    if bytecode is None:
        return ScriptCounts(bytecode=0, both=0, source=total)
    compiled, alone = len(bytecode.scripts), len(bytecode.source_left_out)
    return ScriptCounts(bytecode=alone, both=compiled - alone, source=total - compiled)


def refuse_undisclosed(project: Project) -> None:
    """Raise an error if a build without bytecode would ship source that is not public.

    Raises:
        ProjectError: ``source-not-public``, with the packages concerned.
    """
    files = undisclosed_scripts(project)
    if not files:
        return
    owners = dict.fromkeys(
        "the project itself" if file.of_app else file.package or project.display_path(file)
        for file in sorted(files, key=lambda file: not file.of_app)
    )
    raise messages.SOURCE_NOT_PUBLIC.error(owners=_first_of(list(owners)))


def modules_as_source(project: Project, node: NodeBinary, form: CodeForm) -> tuple[Finding, ...]:
    """Return findings about ES modules that a release runs as source only.

    Args:
        project: the project as it was read.
        node: a target's binary.
        form: unless it is `CodeForm.BYTECODE_WHERE_POSSIBLE`, a module that is not public is an
            ERROR.
    """
    if Role.MODULE in compiled_roles(node):
        return ()
    modules = [file for file in project.scripts if file.role == Role.MODULE]
    undisclosed = [file for file in modules if not file.public]
    if undisclosed and form != CodeForm.BYTECODE_WHERE_POSSIBLE:
        return tuple(
            messages.MODULE_NOT_COMPILED.finding(
                Severity.ERROR, file=project.display_path(file), version=node.version
            )
            for file in undisclosed
        )
    if not modules:
        return ()
    message = (
        messages.UNDISCLOSED_MODULES_SHIPPED_AS_SOURCE
        if undisclosed
        else messages.MODULES_SHIPPED_AS_SOURCE
    )
    return (
        message.finding(
            Severity.WARNING if undisclosed else Severity.NOTE,
            version=node.version,
            count=len(modules),
            example=project.display_path((undisclosed or modules)[0]),
        ),
    )


def with_certain_texts(project: Project) -> Project:
    """Return the project with the source of the scripts whose text the program always uses."""
    if not any(map(_needs_source, undisclosed_scripts(project))):
        return project
    return replace(
        project,
        files=tuple(
            replace(file, public=True) if _needs_source(file) else file for file in project.files
        ),
    )


def with_all_sources(project: Project) -> Project:
    """Return the project with the source of all scripts."""
    if not undisclosed_scripts(project):
        return project
    return replace(
        project,
        files=tuple(file if file.public else replace(file, public=True) for file in project.files),
    )


def _needs_source(file: ProjectFile) -> bool:
    is_read = file.read is not None and file.read.certain
    return is_read or any(use.certain for use in file.texts)


def disclosure_findings(project: Project, form: CodeForm) -> tuple[Finding, ...]:
    """Return findings about code that may need source that does not ship.

    Also about TypeScript that ships unchanged, because nothing is known to load it.

    Args:
        project: the project as it was read.
        form: unless it is `CodeForm.BYTECODE_WHERE_POSSIBLE`, scripts whose text the program
            always uses are ERRORs.
    """
    files = undisclosed_scripts(project)
    typescript = (
        file
        for file in project.files
        if file.replacement is None
        and file.source.suffix in _TYPESCRIPT
        and not file.source.name.endswith(_DECLARATIONS)
        and not file.public
    )
    return (
        *_about_served(project, files),
        *_about_typescript([project.display_path(file) for file in typescript]),
        *_read_by_path(project, files, form),
        *_text_of_functions(project, files, form),
    )


def about_data(project: Project, files: Iterable[ProjectFile]) -> Iterator[Finding]:
    """Yield findings about scripts that V8 does not compile, and that no code is known to load.

    They are for other tools (JSX, templates), or broken on purpose; Node would not run them either.
    """
    public: list[str] = []
    undisclosed: list[str] = []
    for file in files:
        (public if file.public else undisclosed).append(project.display_path(file))
    if public:
        names = _first_of(public)
        yield messages.SHIPPED_AS_DATA.finding(Severity.NOTE, names=names)
    if undisclosed:
        yield messages.UNDISCLOSED_SHIPPED_AS_DATA.finding(
            Severity.WARNING, names=_first_of(undisclosed)
        )


def _first_of(names: list[str]) -> str:
    """Return the first names of a list, and the number of the others."""
    rest = len(names) - _NAMES_IN_MESSAGE
    return ", ".join(names[:_NAMES_IN_MESSAGE]) + (f" and {rest} more" if rest > 0 else "")


def _about_served(project: Project, undisclosed: list[ProjectFile]) -> Iterator[Finding]:
    """Yield a finding about scripts that the project serves, if its other source is not public."""
    if not any(file.of_app for file in undisclosed):
        return
    names = dict.fromkeys(
        f"{PurePath(project.display_path(file)).parent}"
        for file in project.files
        if file.role is Role.ASSET
        and file.included
        and file.of_app
        and file.reason.kind is not ReasonKind.CONFIGURED
        and file.source.suffix in _SCRIPTS
    )
    if names:
        yield messages.SERVED_AS_DATA.finding(Severity.NOTE, names=_first_of(list(names)))


def _about_typescript(names: list[str]) -> Iterator[Finding]:
    if names:
        yield messages.TYPESCRIPT_SHIPPED_AS_SOURCE.finding(
            Severity.WARNING, names=_first_of(names)
        )


def _read_by_path(project: Project, files: list[ProjectFile], form: CodeForm) -> Iterator[Finding]:
    """Yield one finding for each place that names such files as data."""
    places: dict[tuple[str, int, bool, str], list[str]] = {}
    for file in files:
        if (read := file.read) is not None:
            place = (read.parent, read.line, read.certain, read.reader)
            places.setdefault(place, []).append(project.display_path(file))
    by_location = {file.location: file for file in project.files} if places else {}
    for (parent, line, certain, package), names in places.items():
        severity = Severity.WARNING
        if certain and form is CodeForm.BYTECODE_WHERE_POSSIBLE:
            message = messages.SOURCE_SHIPPED_FOR_PACKAGE if package else messages.SOURCE_SHIPPED
        elif certain:
            severity = Severity.ERROR
            message = messages.SOURCE_READ_BY_PACKAGE if package else messages.SOURCE_NEEDED
        else:
            message = messages.SOURCE_READ_BY_PACKAGE if package else messages.SOURCE_LEFT_OUT
        naming = by_location.get(parent)
        shown = project.display_path(naming) if naming is not None else ""
        yield message.finding(
            severity, file=shown, line=line, names=_first_of(names), package=package
        )


def _text_of_functions(project: Project, files: list[ProjectFile], form: CodeForm) -> list[Finding]:
    packaged = {_name(file.package) for file in project.scripts}
    own = {_name(file.package) for file in files} & _TAKE_OWN_TEXT
    found = [
        messages.OWN_TEXT_LEFT_OUT.finding(Severity.WARNING, package=name) for name in sorted(own)
    ]
    found.extend(_about_text(project, file, use, form) for file in files for use in file.texts)
    takers = sorted(packaged & _TAKE_TEXT_OF_FUNCTIONS)
    if takers and any(file.of_app for file in files):
        found.append(
            messages.CALLBACK_TEXT_LEFT_OUT.finding(Severity.WARNING, packages=", ".join(takers))
        )
    if any(file.of_app for file in files):
        found.extend(_taken_texts(project))
    return found


def _about_text(project: Project, file: ProjectFile, use: Excerpt, form: CodeForm) -> Finding:
    """Return the finding about one use of the text of an undisclosed function."""
    severity, message = Severity.WARNING, messages.FUNCTION_TEXT_LEFT_OUT
    if use.certain and form is CodeForm.BYTECODE_WHERE_POSSIBLE:
        message = messages.FUNCTION_TEXT_SHIPPED
    elif use.certain:
        severity, message = Severity.ERROR, messages.FUNCTION_TEXT_NEEDED
    option = "--public" if file.of_app else f"--public-packages {_name(file.package)}"
    shown = project.display_path(file)
    return message.finding(severity, file=shown, line=use.line, what=use.text, option=option)


def _taken_texts(project: Project) -> Iterator[Finding]:
    """Yield a finding for each other package that uses the text of the project's functions."""
    known = set(_TAKE_TEXT_OF_FUNCTIONS | _RARELY_TAKE_TEXT_OF_FUNCTIONS)
    for file in project.scripts:
        name = _name(file.package)
        if file.texts and file.public and not file.of_app and name not in known:
            known.add(name)
            yield messages.CALLBACK_TEXT_LEFT_OUT.finding(
                Severity.WARNING,
                file=project.display_path(file),
                line=file.texts[0].line,
                packages=name,
            )


def _name(package: str) -> str:
    """Return the name of ``name@version``."""
    return package[:1] + package[1:].partition("@")[0]
