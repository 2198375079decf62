"""The pages that are made from the code: ``python3 dev.py generate`` writes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from sealift.errors import ErrorMessage, ExitCode
from sealift.findings import FindingMessage
from sealift.project import settings_schema
from sealift.report import report_schema
from support.api_page import api_page
from support.catalogues import Message, all_messages
from support.cli_page import cli_page, man_page
from support.configuration_page import configuration_page
from support.pkg_tests_page import pkg_tests_page

DOCS = Path(__file__).parents[2] / "docs"

TITLES = {
    "sealift": "Targets, options and the host",
    "sealift.addons": "Native addons",
    "sealift.assemble": "Writing executables",
    "sealift.bytecode": "Bytecode",
    "sealift.cache": "Cache",
    "sealift.cli": "Command line",
    "sealift.compact": "Compact files",
    "sealift.distribution": "Distribution packages",
    "sealift.documents": "SBOM, notices and provenance",
    "sealift.formats": "File formats",
    "sealift.hooks": "Configuration and hooks",
    "sealift.inspection": "Inspection",
    "sealift.lock": "The lock of a build",
    "sealift.lockfiles": "Lockfiles",
    "sealift.musl": "musl",
    "sealift.nodes": "Node binaries",
    "sealift.nodes.build": "Compiling Node",
    "sealift.notarization": "Notarisation by Apple",
    "sealift.packing": "Packing",
    "sealift.payload": "Payload",
    "sealift.plan": "Plan of a build",
    "sealift.project": "Reading the project",
    "sealift.project.settings": "Settings",
    "sealift.runtime": "Node releases and the runtime",
    "sealift.signing": "Signatures of publishers",
    "sealift.tools": "Temporary files",
    "sealift.typescript": "Types stripped from TypeScript",
    "sealift.verify": "Verification",
    "sealift.zig": "The C compiler",
}

INTRODUCTION = """\
# Errors and findings

This page is generated from the `messages.py` of each package: run `python3 dev.py generate`.

An **error** ends the build with the exit code in the table. A **finding** is a note, a warning or
an error about one file or package; errors among the findings end the build with the code of the
first one. Words in braces, such as `{target}`, stand for the names involved. `--json FILE` reports
the codes.
"""


def errors_page() -> str:
    """Return docs/errors.md: every error, then every finding, by package."""
    messages = all_messages()
    errors = [message for message in messages if isinstance(message.value, ErrorMessage)]
    findings = [message for message in messages if isinstance(message.value, FindingMessage)]
    return "\n".join(
        (
            INTRODUCTION,
            "## Errors\n",
            *_sections(errors, ("code", "message", "remedy", "exit code")),
            "## Findings\n",
            *_sections(findings, ("code", "message", "remedy")),
        )
    )


def configuration_schema() -> str:
    """Return docs/configuration.schema.json: the JSON Schema of a configuration file."""
    return json.dumps(settings_schema(), indent=2) + "\n"


def schema_page() -> str:
    """Return docs/report.schema.json: the JSON Schema of the build report."""
    return json.dumps(report_schema(), indent=2) + "\n"


PAGES: dict[Path, Callable[[], str]] = {
    DOCS / "errors.md": errors_page,
    DOCS / "report.schema.json": schema_page,
    DOCS / "configuration.md": configuration_page,
    DOCS / "configuration.schema.json": configuration_schema,
    DOCS / "command-line.md": cli_page,
    DOCS / "man" / "sealift.1": man_page,
    DOCS / "python-interface.md": api_page,
    DOCS / "pkg-tests.md": pkg_tests_page,
}


def _sections(messages: Sequence[Message], heads: Sequence[str]) -> Iterable[str]:
    packages = dict.fromkeys(message.package for message in messages)
    for package in sorted(packages, key=TITLES.__getitem__):
        yield f"### {TITLES[package]}\n"
        yield _row(heads)
        yield _row(["---"] * len(heads))
        yield from dict.fromkeys(
            _row(_cells(message)) for message in messages if message.package == package
        )
        yield ""


def _cells(message: Message) -> list[str]:
    value = message.value
    cells = [f"`{value.code}`", _escaped(value.text), _escaped(value.remedy)]
    if isinstance(value, ErrorMessage):
        code = value.kind.exit_code
        cells.append(f"{int(code)} ({ExitCode(code).name.lower()})")
    return cells


def _escaped(text: str) -> str:
    """Return the text of a message that Markdown shows as it is, inside a table."""
    text = text.strip().replace("{{", "{").replace("}}", "}")
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    for path, page in PAGES.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(page(), encoding="utf-8")
