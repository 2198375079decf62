"""``sealift doctor``: what changes for a project that uses npm's pkg; facts for a report."""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sealift.cli import messages
from sealift.cli.next_steps import print_next, typed
from sealift.cli.options import PATH, make_reading_options, project_options
from sealift.cli.pkg import make_pkg_options, options_without_effect
from sealift.cli.pkg_arguments import read_pkg_arguments
from sealift.cli.streams import visible
from sealift.errors import SealiftError
from sealift.findings import Finding, Severity

if TYPE_CHECKING:
    from sealift.project import Manifest

_PACKAGES = ("@yao-pkg/pkg", "pkg", "pkg-fetch", "@yao-pkg/pkg-fetch")
_LISTS = ("dependencies", "devDependencies", "optionalDependencies")
# ``npm pkg`` edits package.json, and ``npm run pkg`` calls a script of that name.
_COMMAND = re.compile(
    r"(?:^|(?<=[\s;&|]))(?<!npm )(?<! run )(?<!run-script )"
    r"(?:(?:\S*/)?node_modules/\.bin/pkg|(?:@yao-pkg/)?pkg(?:@[\w.^~-]+)?)(?=\s)([^;&|\n]*)"
)
_UNKNOWN = "unknown-setting"
_WITHOUT_EFFECT = "setting-without-effect"


@click.command("doctor")
@click.argument("entry", type=PATH, default=".")
@click.option(
    "--report",
    is_flag=True,
    help="Print instead what a report of a problem should say about this machine and project. It"
    " names no paths, packages or people.",
)
@project_options
def doctor_command(entry: Path, report: bool, **given: Any) -> None:
    """Read the pkg configuration of ENTRY: what differs, what is not needed, what to write."""
    if report:
        _print_report(entry, given)
        return
    manifest = _opened(entry, given)
    sections = (
        ("What is wrong", [*_wrong(manifest), *_wrong_commands(manifest)]),
        ("What is different from pkg", list(_different(manifest))),
        ("What is not needed any more", list(_not_needed(manifest))),
        ("What to write", list(_to_write(manifest))),
    )
    for title, findings in sections:
        if findings:
            click.echo(f"{title}:")
            for finding in findings:
                click.echo(f"  {visible(finding.message)}")
                if finding.remedy:
                    click.echo(f"    {visible(finding.remedy)}")
    if not any(findings for _, findings in sections):
        click.echo("This project has no configuration of pkg; sealift packages it as it is.")
        build, init = typed("sealift", entry), typed("sealift", "init", entry)
        print_next(f"Run `{build}` to build it, or `{init}` for a first configuration.")


def _opened(entry: Path, given: dict[str, Any]) -> Manifest:
    from sealift.hooks import HookRunner
    from sealift.model import SilentObserver
    from sealift.project import open_manifest
    from sealift.tools.private_files import work_directory

    options = make_reading_options(entry, given)
    observer = SilentObserver()
    with work_directory() as work, HookRunner(work, options.node, observer) as hooks:
        return open_manifest(options, hooks.load)


def _print_report(entry: Path, given: dict[str, Any]) -> None:
    """Print the facts, as a list of Markdown. A project that cannot be opened is one of them."""
    from sealift.cli.problem_report import describe_machine, describe_project

    facts = list(describe_machine())
    try:
        facts += describe_project(_opened(entry, given))
    except SealiftError as error:
        facts.append(("project", f"not opened: {error.code}"))
    for title, text in facts:
        click.echo(f"- {title}: {visible(text)}")
    print_next("", "Copy these lines into your report, with the command and all that it printed.")


def _wrong(manifest: Manifest) -> Iterator[Finding]:
    from sealift import runtime
    from sealift.host import host_machine
    from sealift.plan import without_universal
    from sealift.project import outside_patterns
    from sealift.target import parse_targets

    yield from (one for one in manifest.findings if one.code == _UNKNOWN)
    for error in outside_patterns(manifest):
        yield Finding(Severity.WARNING, error.code, error.message, error.remedy)
    texts = [*manifest.targets]
    for _, arguments in _commands(manifest):
        with contextlib.suppress(SealiftError):  # reported with the command
            values = read_pkg_arguments(arguments).values
            texts += [values[key] for key in ("target", "targets") if key in values]
    for target in dict.fromkeys(item for text in texts for item in text.split(",")):
        try:
            expanded, _ = without_universal([target])
            runtime.require_targets(parse_targets(expanded, host_machine()))
        except SealiftError as error:
            yield Finding(Severity.WARNING, error.code, error.message, error.remedy)


def _different(manifest: Manifest) -> Iterator[Finding]:
    from sealift.project import differences

    for key, how in differences(manifest.given):
        yield messages.DOCTOR_DIFFERS.finding(Severity.NOTE, what=f"pkg.{key}", how=how)
    if not (manifest.package is not None and manifest.package.data.get("bin")):
        yield messages.DOCTOR_WITHOUT_BIN.finding(Severity.NOTE, entry=manifest.entry.name)


def _not_needed(manifest: Manifest) -> Iterator[Finding]:
    yield from (one for one in manifest.findings if one.code == _WITHOUT_EFFECT)
    data = manifest.package.data if manifest.package is not None else {}
    for key in _LISTS:
        names = data.get(key)
        for name in _PACKAGES:
            if isinstance(names, dict) and name in names:
                yield messages.DOCTOR_PACKAGE.finding(Severity.NOTE, key=key, name=name)
    for _, arguments in _commands(manifest):
        try:
            yield from options_without_effect(read_pkg_arguments(arguments))
        except SealiftError:
            continue  # reported with what is wrong


def _wrong_commands(manifest: Manifest) -> Iterator[Finding]:
    for name, arguments in _commands(manifest):
        try:
            make_pkg_options(read_pkg_arguments(arguments))
        except SealiftError as error:
            text = f"scripts.{name}: {error.message}"
            yield Finding(Severity.WARNING, error.code, text, error.remedy)


def _to_write(manifest: Manifest) -> Iterator[Finding]:
    for name, arguments in _commands(manifest):
        command = shlex.join(("sealift", "pkg", *arguments))
        yield messages.DOCTOR_WRITE.finding(
            Severity.NOTE, command=command, place=f"scripts.{name} of package.json"
        )
    if not any(True for _ in _commands(manifest)) and manifest.given:
        yield messages.DOCTOR_WRITE.finding(
            Severity.NOTE, command="sealift pkg .", place="scripts and CI that call pkg"
        )


def _commands(manifest: Manifest) -> Iterator[tuple[str, list[str]]]:
    """Yield the calls of pkg in package.json's scripts: the script's name and the arguments."""
    data = manifest.package.data if manifest.package is not None else {}
    scripts = data.get("scripts")
    for name, text in scripts.items() if isinstance(scripts, dict) else ():
        for match in _COMMAND.finditer(text) if isinstance(text, str) else ():
            try:
                yield name, shlex.split(match[1])
            except ValueError:  # a quotation mark without its partner
                continue
