"""``sealift pkg``: the command line, the wording and the exit code of npm's ``pkg``.

Like pkg it writes everything to standard output, ends with 2 after any error, and warns of a
``require`` that does not resolve and of an addon that is missing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from sealift.cli.messages import (
    PKG_CONFIG_TWICE,
    PKG_DIRECTORY_UNUSABLE,
    PKG_ENTRY_MISSING,
    PKG_OPTION_WITHOUT_EFFECT,
    PKG_OUTPUT_TWICE,
)
from sealift.cli.options import read_compression
from sealift.cli.pkg_arguments import PKG_OPTIONS, PkgArguments, read_pkg_arguments
from sealift.cli.pkg_wording import in_words_of_pkg
from sealift.cli.progress import observing
from sealift.cli.streams import visible
from sealift.errors import ExitCode, SealiftError
from sealift.findings import Finding, IncompleteProjectError, Severity
from sealift.options import BuildOptions, NodeOptions
from sealift.target import SUPPORTED_MAJORS
from sealift.tools.input_files import is_directory
from sealift.version import VERSION

PKG_VERSION = "6.21.0"
"""The release of @yao-pkg/pkg whose command line this is."""

WITHOUT_EFFECT = {
    "no-native-build": "each target gets its own addons",
    "no-signature": "executables for macOS are always signed, because macOS on arm64 requires it",
}
"""Options that change nothing, and why."""

TARGETS_ASSUMED = "targets-assumed"
_KINDS = {Severity.ERROR: "Error! ", Severity.WARNING: "Warning ", Severity.NOTE: "[debug] "}
_WARNED = frozenset(("not-a-script",))  # notes of sealift that are warnings of pkg
_CONFIG = ".config.json"


class _Unparsed(click.Command):
    """A command that gets its arguments as they are."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the arguments."""
        ctx.params = {"arguments": tuple(args)}
        return []


@click.command("pkg", cls=_Unparsed, add_help_option=False)
def pkg_command(arguments: tuple[str, ...]) -> None:
    """Build with the command line of npm's pkg: sealift pkg . -t node24-linux-x64."""
    try:
        _run(arguments)
    except SealiftError as error:
        findings = error.findings if isinstance(error, IncompleteProjectError) else ()
        for finding in findings:
            if finding.severity != Severity.NOTE:
                _print_finding(finding)
        if not findings:
            _print("Error! ", in_words_of_pkg(error.code, error.message))
        click.echo(f"  {visible(error.remedy)}")
        sys.exit(ExitCode.USAGE)


def make_pkg_options(arguments: PkgArguments) -> BuildOptions:
    """Return the options of the build that a command line of pkg requests.

    Raises:
        UsageError: it has no entry, contradicts itself, or requests what sealift cannot do.
    """
    flags, values = arguments.flags, arguments.values
    if not arguments.entry:
        raise PKG_ENTRY_MISSING.error()
    output = values.get("output") or None
    out_paths = [values[name] for name in ("out-path", "outdir", "out-dir") if name in values]
    if output and any(out_paths[:1]):
        raise PKG_OUTPUT_TWICE.error()
    config = values.get("config") or None
    if config and _is_project(arguments.entry):
        raise PKG_CONFIG_TWICE.error()
    targets = values.get("targets") or values.get("target")
    hooks = os.environ.get("SEALIFT_HOOKS")
    bytecode = flags.get("bytecode")
    return BuildOptions(
        entry=Path(arguments.entry),
        targets=(targets,) if targets else (),
        oldest_host_major=SUPPORTED_MAJORS[0],
        output=Path(output) if output else None,
        out_path=Path(out_paths[0]) if out_paths and not output else None,
        config=Path(config) if config else None,
        allow_missing=True,
        allow_missing_addons=True,
        exec_argv=(values["options"],) if "options" in values else (),
        sea=flags.get("sea"),
        no_bytecode=None if bytecode is None else not bytecode,
        public=flags.get("public"),
        public_packages=(values["public-packages"],) if "public-packages" in values else (),
        named_scripts=True,
        no_dictionary=(values["no-dict"],) if "no-dict" in values else (),
        debug=flags.get("debug"),
        deploy=flags.get("deploy", False),
        no_inspect=not flags.get("inspect", True),
        fallback_to_source=flags.get("fallback-to-source"),
        compress=read_compression(values["compress"]) if "compress" in values else None,
        hooks=Path(hooks) if hooks else None,
        node=NodeOptions(
            provider="build" if flags.get("build") else "auto",
            mirror=os.environ.get("SEALIFT_NODE_MIRROR", ""),
        ),
    )


def _run(given: Sequence[str]) -> None:
    _enter_directory()
    arguments = read_pkg_arguments(given)
    if arguments.flags.get("help"):
        click.echo(_help())
        return
    if arguments.flags.get("version"):
        click.echo(VERSION)
        return
    _print("", f"pkg@{PKG_VERSION} compatible: sealift {VERSION}")
    options = make_pkg_options(arguments)
    is_debug = arguments.flags.get("debug", False)
    for finding in options_without_effect(arguments):
        _print("", finding.message)

    from sealift.build import build  # --help does not need it

    at_length = options.node.provider == "build"
    with observing(quiet=False, at_length=at_length, show=_print_line) as observer:
        result = build(options, observer)
    if any(finding.code == TARGETS_ASSUMED for finding in result.findings):
        _print("", "Targets not specified. Assuming:")
        click.echo(f"  {', '.join(one.target for one in result.executables)}")
    for finding in result.findings:
        if finding.severity != Severity.NOTE or is_debug or finding.code in _WARNED:
            _print_finding(finding)


def _enter_directory() -> None:
    if directory := os.environ.get("CHDIR"):
        try:
            os.chdir(directory)
        except OSError as error:
            raise PKG_DIRECTORY_UNUSABLE.error(
                directory=directory, reason=error.strerror
            ) from error


def _is_project(entry: str) -> bool:
    return is_directory(entry) or Path(entry).name == "package.json" or entry.endswith(_CONFIG)


def options_without_effect(arguments: PkgArguments) -> list[Finding]:
    """Return a note for each option that changes nothing."""
    given = {*arguments.values, *(f"no-{name}" for name, on in arguments.flags.items() if not on)}
    return [
        PKG_OPTION_WITHOUT_EFFECT.finding(Severity.NOTE, option=f"--{name}", reason=reason)
        for name, reason in WITHOUT_EFFECT.items()
        if name in given
    ]


def _print_finding(finding: Finding) -> None:
    severity = Severity.WARNING if finding.code in _WARNED else finding.severity
    _print(_KINDS[severity], in_words_of_pkg(finding.code, finding.message))
    if finding.file:
        place = f"{finding.file}:{finding.line}" if finding.line else finding.file
        click.echo(f"  {visible(place)}")
    if finding.remedy and "--" not in finding.remedy:  # other remedies name options of `build`
        click.echo(f"  {visible(finding.remedy)}")


def _print_line(line: str) -> None:
    click.echo(visible(line))


def _print(kind: str, text: str) -> None:
    click.echo(f"> {kind}{visible(text)}")


def _help() -> str:
    rows = [
        (f"{option.spelling.removesuffix(' <value>')} {option.value}".strip(), option.help)
        for option in PKG_OPTIONS
    ]
    width = max(len(spelling) for spelling, _ in rows)
    lines = [f"  {spelling:<{width}}  {text}" for spelling, text in rows]
    negated = ", ".join(
        f"--no-{option.name}" for option in PKG_OPTIONS if option.negated and not option.value
    )
    return "\n".join(
        (
            "Usage: sealift pkg [OPTIONS] ENTRY",
            "",
            "Package ENTRY as npm's pkg does; `sealift build --help` shows more options.",
            "",
            "Options:",
            *lines,
            "",
            f"Each flag can be turned off: {negated}. The last one wins.",
        )
    )
