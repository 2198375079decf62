"""``sealift build``: the main command."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from sealift.cli.console import print_error, print_findings, print_result
from sealift.cli.messages import (
    ARGUMENTS_MALFORMED,
    ENTRY_NOT_GIVEN,
    FORM_AMBIGUOUS,
    OUTPUT_AMBIGUOUS,
    RUN_WITHOUT_WATCH,
    WATCH_SEVERAL,
)
from sealift.cli.next_steps import after_build, print_next
from sealift.cli.options import (
    PATH,
    TEXT,
    bytecode_options,
    make_node_options,
    node_options,
    project_options,
    read_compression,
    targets_option,
)
from sealift.cli.progress import observing
from sealift.cli.report_file import require_report_place, write_report
from sealift.cli.signing_options import read_signing, signing_options
from sealift.errors import SealiftError
from sealift.findings import Finding, IncompleteProjectError
from sealift.options import CYCLONEDX, SPDX, BuildOptions, Compression
from sealift.result import BuildResult
from sealift.tools.input_files import is_directory

_OUTPUT_IS_REPORT = "output-is-report"


@click.command(
    "build",
    epilog="""\b
Examples:
  sealift build . -t host
  sealift build . -t node24-linux-x64,node24-win-x64 --out-path dist
  sealift build server.js -t node22-linux-arm64 -o server --options expose-gc
  sealift build server.js --watch --run -- --port 8080
""",
)
@click.argument("entry", type=PATH, required=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@targets_option("Targets, separated by commas, such as node24-linux-x64,win,macos-arm64 or host.")
@click.option("-o", "--output", type=PATH, help="Executable to write.")
@click.option(
    "--out-path",
    "--outdir",
    "--out-dir",
    "out_path",
    type=PATH,
    help="Directory to write the executables to.",
)
@click.option(
    "--options",
    "node_argv",
    metavar="LIST",
    help="Node options to embed, separated by commas, such as expose-gc,stack-size=2000.",
)
@bytecode_options
@click.option(
    "-C",
    "--compress",
    metavar="NAME",
    help="Compress packaged files: None, GZip, Brotli or Zstd.",
    shell_complete=lambda _, __, typed: [one for one in Compression if one.startswith(typed)],
)
@click.option(
    "--profile-start",
    metavar="ARGS",
    help="Run the program with ARGS on this host, and make such starts of its source faster.",
)
@click.option(
    "--harden",
    is_flag=True,
    help="NODE_OPTIONS, PKG_EXECPATH and SIGUSR1 do not act on the executables.",
)
@click.option(
    "--no-inspect",
    is_flag=True,
    help="SIGUSR1, and --inspect in NODE_OPTIONS, do not start Node's inspector.",
)
@click.option(
    "--locales",
    multiple=True,
    type=TEXT,
    metavar="LIST",
    help="Keep ICU data of these languages (en,de) and of English only, which compresses better.",
)
@click.option(
    "--compact",
    is_flag=True,
    default=None,
    help="Compress executables for Linux to a quarter; their first start unpacks them.",
)
@click.option(
    "--debug",
    is_flag=True,
    default=None,
    help="Executables list their packaged files if DEBUG_PKG is set.",
)
@click.option(
    "--icon",
    type=PATH,
    metavar="FILE",
    help="Icon of executables for Windows: an .ico file, or a .png file of up to 256x256 pixels.",
)
@click.option(
    "--entitlements",
    type=PATH,
    metavar="FILE",
    help="Entitlements of executables for macOS, in place of Node's: an XML property list.",
)
@signing_options
@click.option(
    "--package",
    "packages",
    multiple=True,
    type=TEXT,
    metavar="LIST",
    help="Make packages too: tar.gz, zip, deb, rpm, oci, brew, scoop, universal.",
)
@click.option(
    "--deploy",
    is_flag=True,
    help="Copy the files of pkg.deployFiles to the directory of the executable.",
)
@click.option(
    "--sbom",
    is_flag=True,
    default=None,
    help="Embed an SBOM (CycloneDX) of everything inside, and write it beside each executable.",
)
@click.option(
    "--sbom-format",
    type=click.Choice([CYCLONEDX, SPDX]),
    help="Write the SBOM in this format; means --sbom. The embedded one is always CycloneDX.",
)
@click.option(
    "--notices",
    is_flag=True,
    default=None,
    help="Write the licence texts of everything that ships beside each executable.",
)
@click.option(
    "--provenance",
    is_flag=True,
    default=None,
    help="Write SHA256SUMS, and a SLSA provenance with the digests of inputs and executables.",
)
@click.option("--frozen", is_flag=True, help="Build only what sealift.lock lists, or fail.")
@click.option(
    "--watch",
    is_flag=True,
    help="Build for the host, and again whenever a file changes that the build has read.",
)
@click.option(
    "--run",
    is_flag=True,
    help="With --watch: start the executable with ARGUMENTS, and again when it has changed.",
)
@click.option(
    "--json",
    "json_path",
    type=TEXT,
    metavar="FILE",
    help="Write a JSON report to a file, or to standard output for -.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show notes too, and every finding.")
@click.option("-q", "--quiet", is_flag=True, help="Show errors only.")
@project_options
@node_options
def build_command(entry: Path | None, arguments: tuple[str, ...], **given: Any) -> None:
    """Package the project at ENTRY: a script, a directory or a package.json."""
    if arguments and not given["run"]:
        ending = "" if len(arguments) == 1 else "s"
        problem = f"Got unexpected extra argument{ending} ({' '.join(arguments)})"
        raise click.UsageError(problem, click.get_current_context())
    if not given["watch"]:
        if given["run"]:
            raise RUN_WITHOUT_WATCH.error()
        _build(entry, given)
        return
    given["targets"] = given["targets"] or ("host",)
    if len([one for listed in given["targets"] for one in listed.split(",") if one.strip()]) > 1:
        raise WATCH_SEVERAL.error()
    from sealift.cache import cache_root
    from sealift.cli.watch import watch

    cache = cache_root(make_node_options(dict(given)).cache)
    watch(lambda: _build(entry, dict(given)), [cache], run=given["run"], arguments=arguments)


def _build(entry: Path | None, given: dict[str, Any]) -> BuildResult:
    """Build once, and print and report what was built."""
    from sealift.build import build

    json_path: str | None = given["json_path"]
    quiet = given["quiet"] or json_path == "-"
    if json_path:
        require_report_place(json_path)
    findings: tuple[Finding, ...] = ()
    try:
        options = _options(entry, given)
        at_length = options.node.compile or options.node.provider == "build"
        with observing(quiet, at_length=at_length) as observer:
            result = build(options, observer)
    except SealiftError as error:
        if isinstance(error, IncompleteProjectError):
            findings = error.findings
            print_findings(findings, verbose=given["verbose"], errors=True)
        if json_path and not _is_output(json_path, given["output"], error):
            from sealift.report import as_json, failure_report

            inputs = _possible_inputs(json_path, entry, given["config"])
            _report_failure(json_path, as_json(failure_report(error, findings)), inputs)
        if isinstance(error, IncompleteProjectError):
            error.message = error.summary  # the findings are printed above
        raise
    if not quiet:
        print_findings(result.findings, verbose=given["verbose"])
        print_result(result)
        if not given["watch"]:
            print_next(*after_build(result))
    if json_path:
        from sealift.report import as_json, report  # few builds write one

        write_report(json_path, as_json(report(result)), _inputs(result))
    return result


def _inputs(result: BuildResult) -> Iterator[Path]:
    for executable in result.executables:
        yield executable.node.path
        yield from (file.source for file in executable.project.files)


def _is_output(report: str, output: Path | None, error: SealiftError) -> bool:
    """Return True if the report would take the place of an executable."""
    if error.code == _OUTPUT_IS_REPORT:
        return True
    return output is not None and os.path.realpath(report) == os.path.realpath(output)


def _possible_inputs(report: str, entry: Path | None, config: Path | None) -> Iterator[Path]:
    """Yield what a build that failed may have read, as far as the report could replace it.

    A report replaces empty files only. An empty JSON file of the project is no input of a program.
    """
    yield from (path for path in (entry, config) if path is not None)
    folder = entry if entry is not None and is_directory(entry) else (entry or Path()).parent
    place = Path(os.path.realpath(report))
    if place.suffix != ".json" and place.is_relative_to(os.path.realpath(folder)):
        yield place


def _report_failure(path: str, text: str, inputs: Iterable[Path]) -> None:
    """Write the report of a build that failed; its own failure must not hide the build's."""
    try:
        write_report(path, text, inputs)
    except SealiftError as error:
        print_error(error)


def _arguments(text: str | None) -> tuple[str, ...] | None:
    """Return the arguments in a text that is written as for a shell."""
    if text is None:
        return None
    from shlex import split  # most builds do not need it

    try:
        return tuple(split(text))
    except ValueError:
        raise ARGUMENTS_MALFORMED.error(text=text) from None


def _options(entry: Path | None, given: dict[str, Any]) -> BuildOptions:
    if entry is None:
        raise ENTRY_NOT_GIVEN.error()
    if given["output"] is not None and given["out_path"] is not None:
        raise OUTPUT_AMBIGUOUS.error()
    if given["sea"] and given["no_bytecode"]:
        raise FORM_AMBIGUOUS.error()
    sign_windows, sign_macos = read_signing(given)
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
        exec_argv=() if given["node_argv"] is None else (given["node_argv"],),
        sea=given["sea"],
        no_bytecode=given["no_bytecode"],
        public=given["public"],
        public_packages=given["public_packages"],
        no_dictionary=given["no_dictionary"],
        debug=given["debug"],
        deploy=given["deploy"],
        icon=given["icon"],
        entitlements=given["entitlements"],
        sign=not given["no_sign"],
        sign_windows=sign_windows,
        sign_macos=sign_macos,
        packages=given["packages"],
        fallback_to_source=given["fallback_to_source"],
        source_maps=given["source_maps"],
        compress=None if given["compress"] is None else read_compression(given["compress"]),
        profile_start=_arguments(given["profile_start"]),
        harden=given["harden"],
        no_inspect=given["no_inspect"],
        locales=given["locales"],
        compact=given["compact"],
        frozen=given["frozen"],
        sbom=True if given["sbom_format"] else given["sbom"],
        sbom_format=given["sbom_format"] or "",
        notices=given["notices"],
        provenance=given["provenance"],
        node=make_node_options(given),
        report=Path(given["json_path"]) if given["json_path"] not in (None, "-") else None,
    )
