"""``sealift build``: the main command."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from sealift.cli.console import print_findings, print_result
from sealift.cli.options import bytecode_options, make_node_options, node_options, project_options
from sealift.cli.progress import observing
from sealift.errors import OutputError, SealiftError, UsageError
from sealift.findings import Finding, IncompleteProjectError
from sealift.options import BuildOptions

_PATH = click.Path(path_type=Path)


@click.command(
    "build",
    epilog="""\b
Examples:
  sealift build . -t host
  sealift build . -t node24-linux-x64,node24-win-x64 --out-path dist
  sealift build server.js -t node22-linux-arm64 -o server --options expose-gc
""",
)
@click.argument("entry", type=_PATH, required=False)
@click.option(
    "-t",
    "--target",
    "--targets",
    "targets",
    multiple=True,
    metavar="LIST",
    help="Targets, separated by commas, such as node24-linux-x64,win,macos-arm64 or host.",
)
@click.option("-o", "--output", type=_PATH, help="File to write.")
@click.option("--out-path", "--outdir", "--out-dir", "out_path", type=_PATH, help="Directory.")
@click.option(
    "--options",
    "node_argv",
    default="",
    metavar="LIST",
    help="Node options to bake in, separated by commas, such as expose-gc,stack-size=2000.",
)
@bytecode_options
@click.option("--json", "json_path", metavar="FILE", help="Write a report; - for standard output.")
@click.option("-v", "--verbose", is_flag=True, help="Show notes too, not only warnings.")
@click.option("-q", "--quiet", is_flag=True, help="Show nothing but errors.")
@project_options
@node_options
def build_command(entry: Path | None, **given: Any) -> None:
    """Package the project at ENTRY: a JavaScript file, a directory or a package.json."""
    from sealift.build import build
    from sealift.report import as_json, failure_report, report

    json_path: str | None = given["json_path"]
    quiet = given["quiet"] or json_path == "-"
    if json_path:
        _require_writable(json_path)
    findings: tuple[Finding, ...] = ()
    try:
        options = _options(entry, given)
        at_length = options.node.build or options.node.source == "build"
        with observing(quiet, at_length=at_length) as observer:
            result = build(options, observer)
    except SealiftError as error:
        if isinstance(error, IncompleteProjectError):
            findings = error.findings
            print_findings(findings, verbose=given["verbose"], errors=True)
        if json_path:
            _write_report(json_path, as_json(failure_report(error, findings)))
        raise
    if not quiet:
        print_findings(result.findings, verbose=given["verbose"])
        print_result(result)
    if json_path:
        _write_report(json_path, as_json(report(result)))


def _options(entry: Path | None, given: dict[str, Any]) -> BuildOptions:
    if entry is None:
        raise UsageError(
            "entry-not-given",
            "An entry file or directory is expected.",
            "Pass one, such as `sealift .`; `sealift --help` shows more.",
        )
    if given["output"] is not None and given["out_path"] is not None:
        raise UsageError(
            "output-ambiguous",
            "Both --output and --out-path are given.",
            "Give either the file to write or the directory to write to.",
        )
    if given["sea"] and given["no_bytecode"]:
        raise UsageError(
            "mode-ambiguous",
            "Both --sea and --no-bytecode are given.",
            "Give one: --sea ships all source, --no-bytecode refuses if some is not public.",
        )
    return BuildOptions(
        entry=entry,
        targets=given["targets"],
        output=given["output"],
        out_path=given["out_path"],
        config=given["config"],
        bin_name=given["bin_name"],
        traced_only=given["traced_only"],
        allow_missing=given["allow_missing"],
        allow_missing_addons=given["allow_missing_addons"],
        exec_argv=(given["node_argv"],),
        sea=given["sea"],
        no_bytecode=given["no_bytecode"],
        public=given["public"],
        public_packages=given["public_packages"],
        fallback_to_source=given["fallback_to_source"],
        node=make_node_options(given),
    )


def _write_report(path: str, text: str) -> None:
    if path == "-":
        sys.stdout.write(text)
        return
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise _unwritable(path, error) from error


def _require_writable(path: str) -> None:
    """See that a report can be written, before anything is made that it is to tell of."""
    place = Path(path)
    known = place.exists()
    if path == "-" or not place.parent.is_dir():
        return  # the directory may be the one that executables are put into
    if known and not (place.is_file() or place.is_dir()):
        return  # a pipe's other end would take the first look for the whole report
    try:
        place.open("a").close()
        if not known:
            place.unlink()
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: str, error: OSError) -> OutputError:
    return OutputError(
        "report-unwritable",
        f"The report cannot be written to {path}: {error.strerror}.",
        f"Give another file: --json {shlex.quote('report.json')}.",
    )
