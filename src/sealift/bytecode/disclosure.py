"""What ships of each script: bytecode, source, or both; and what is to be said of it.

Source that may be disclosed ships beside its bytecode, so that a program can read its own files and
the text of its functions. Other source does not ship; docs/decisions/whose-source-may-ship.md.
"""

from __future__ import annotations

from sealift.bytecode.script_sources import scripts_of, shown
from sealift.errors import ProjectError
from sealift.model import (
    Bytecode,
    Finding,
    Project,
    ProjectFile,
    ReasonKind,
    Role,
    ScriptCounts,
    Severity,
)
from sealift.target import NodeVersion

_SHOWN = 8
_TYPESCRIPT = (".ts", ".mts", ".cts")
_DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")

# They take the text of functions that they are given and run it elsewhere: in a worker, a browser,
# a database; or read the names of its parameters; or tell one function from another by it. Whoever
# calls them needs its source. Each was tried without, or its code read. Not listed, as hardly a
# program needs it: async (`autoInject` alone), mongodb (functions as values).
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
# They take the text of functions, or of files, of their own.
_TAKE_OWN_TEXT = frozenset({"dot", "jison", "uglify-js", "webpack"})


def undisclosed_scripts(project: Project) -> list[ProjectFile]:
    """Give the scripts whose source must not ship."""
    return [file for file in scripts_of(project) if not file.public]


def count(project: Project, bytecode: Bytecode | None) -> ScriptCounts:
    """Count the scripts by what ships of them."""
    total = len(scripts_of(project))
    if bytecode is None:
        return ScriptCounts(bytecode=0, both=0, source=total)
    compiled, alone = len(bytecode.scripts), len(bytecode.source_left_out)
    return ScriptCounts(bytecode=alone, both=compiled - alone, source=total - compiled)


def refuse_undisclosed(project: Project) -> None:
    """See that all source may ship, for a build without bytecode.

    Raises:
        ProjectError: ``source-not-public``, with the packages whose source must not.
    """
    files = undisclosed_scripts(project)
    if not files:
        return
    owners = dict.fromkeys(
        "the project itself" if file.of_app else file.package or shown(project, file)
        for file in sorted(files, key=lambda file: not file.of_app)
    )
    names = list(owners)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    raise ProjectError(
        "source-not-public",
        f"Without bytecode, source ships that no licence or option discloses: of"
        f" {', '.join(names[:_SHOWN])}{more}.",
        "Pass --public for the project itself and --public-packages NAMES (or '*') for packages,"
        " or leave --no-bytecode out.",
    )


def modules_as_source(
    project: Project, node: NodeVersion, *, fallback: bool
) -> tuple[Finding, ...]:
    """Tell of the ES modules, which ship as source for a release that runs them in no other form.

    Args:
        project: read.
        node: the release.
        fallback: source ships that no licence or option discloses; else each such is an ERROR.
    """
    modules = [file for file in scripts_of(project) if file.role == Role.MODULE]
    private = [file for file in modules if not file.public]
    if private and not fallback:
        return tuple(
            Finding(
                Severity.ERROR,
                "module-not-compiled",
                f"Node {node} does not run ES modules as bytecode, and this source may not ship.",
                "Compile it to CommonJS, ask for Node 22 or newer, or ship it: --public discloses"
                " the project's own source, --fallback-to-source all that has no bytecode.",
                shown(project, file),
            )
            for file in private
        )
    if not modules:
        return ()
    return (
        Finding(
            Severity.WARNING if private else Severity.NOTE,
            "shipped-as-source",
            f"Node {node} does not run ES modules as bytecode: the source of {len(modules)} is"
            f" packaged, such as {shown(project, (private or modules)[0])}.",
            "Ask for Node 22 or newer for bytecode of them." if private else "",
        ),
    )


def findings(project: Project) -> tuple[Finding, ...]:
    """Tell what may miss the source that does not ship, and what ships all the same."""
    files = undisclosed_scripts(project)
    found = [
        Finding(
            Severity.WARNING,
            "typescript-as-source",
            "TypeScript is not compiled: this source ships as it is, though no licence or option"
            " discloses it.",
            "Compile it to JavaScript first, or leave it out with pkg.ignore.",
            shown(project, file),
        )
        for file in project.files
        if file.source.suffix in _TYPESCRIPT
        and not file.source.name.endswith(_DECLARATIONS)
        and not file.public
    ]
    for file in files:
        if file.named or file.reason.kind == ReasonKind.DIRECTORY_REFERENCE:
            found.append(
                Finding(
                    Severity.WARNING,
                    "source-left-out",
                    "The program names this file by its path; should it read it, there is no"
                    " source.",
                    "Add the files that are read to pkg.assets; their source ships then.",
                    shown(project, file),
                )
            )
    return (*found, *_text_of_functions(project, files))


def _text_of_functions(project: Project, files: list[ProjectFile]) -> list[Finding]:
    packaged = {_name(file.package) for file in scripts_of(project)}
    own = {_name(file.package) for file in files} & _TAKE_OWN_TEXT
    found = [
        Finding(
            Severity.WARNING,
            "function-text-left-out",
            f"{name} uses the text of its own functions, and its source does not ship.",
            f"Pass --public-packages {name} if it may be disclosed.",
        )
        for name in sorted(own)
    ]
    takers = sorted(packaged & _TAKE_TEXT_OF_FUNCTIONS)
    if takers and any(file.of_app for file in files):
        found.append(
            Finding(
                Severity.WARNING,
                "function-text-left-out",
                f"{', '.join(takers)} may use the text of functions that the program gives them,"
                " and the program's source does not ship.",
                "Pass --public if it may be disclosed, or give them texts instead of functions.",
            )
        )
    return found


def _name(package: str) -> str:
    """Give the name of ``name@version``."""
    return package[:1] + package[1:].partition("@")[0]
