"""The plan of a build: everything that options and settings decide, before anything is fetched."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from msgspec import Struct

from sealift import runtime
from sealift.compact import MACHINES
from sealift.distribution import PackagePlan
from sealift.findings import Finding, Severity
from sealift.host import host_machine, require_working_directory
from sealift.identity import ExecutableTraits
from sealift.model import CodeForm
from sealift.options import (
    NO_INSPECTOR,
    NO_SIGNAL,
    BuildOptions,
    Documents,
    node_arguments,
)
from sealift.plan.identity import identity_of
from sealift.plan.messages import COMPACT_UNSUPPORTED, LOCALE_MALFORMED, TARGETS_ASSUMED
from sealift.plan.omitted_node import OmittedNode
from sealift.plan.outputs import name_outputs, require_file_name, require_writable_place
from sealift.plan.packages import package_plan
from sealift.plan.signing import signers_of
from sealift.plan.universal import without_universal
from sealift.project import ConfigLoader, Manifest, Settings, open_manifest
from sealift.signing import Signers
from sealift.stored_form import SampleStart, StoredForm
from sealift.target import Arch, Platform, Target, default_targets, parse_targets
from sealift.target_build import TargetBuild

_SOURCE_MAPS = "--enable-source-maps"
_LOCALE = re.compile("[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*")


class BuildPlan(Struct, frozen=True):
    """What a build makes.

    Attributes:
        manifest: the project's entry point and settings.
        builds: the record of each target, with its output.
        stored: how the project's files are stored.
        traits: what all executables have in common besides their payload.
        documents: which are written beside the executables.
        distribution: the packages to make; None for none.
        signers: sign executables, by platform.
        is_compact: executables are compressed, and unpack themselves.
        compiler_host: platform and architecture of the host, if its Node compiles bytecode or runs
            the program; None for source, which needs no code caches.
    """

    manifest: Manifest
    builds: tuple[TargetBuild, ...]
    stored: StoredForm
    traits: ExecutableTraits
    documents: Documents
    distribution: PackagePlan | None
    signers: Signers
    is_compact: bool
    compiler_host: tuple[Platform, Arch] | None


def make_plan(options: BuildOptions, load: ConfigLoader | None = None) -> BuildPlan:
    """Return the plan that options and the project's settings make together.

    Args:
        options: what the caller requests.
        load: runs a JavaScript configuration.

    Raises:
        UsageError: an argument, the entry, a target or a setting is wrong.
        OutputError: an output is a directory.
        ProjectError: package.json is broken.
        NodeError: a target's range holds no release that is new enough.
    """
    require_working_directory()
    manifest = open_manifest(options, load)
    host = host_machine()
    omitted_node = OmittedNode(options.oldest_host_major)
    targets, assumed, is_universal = _targets(options, manifest, host, omitted_node)
    runtime.require_targets(targets)
    outputs = _outputs(options, manifest, targets)
    identity, of_identity = identity_of(options, manifest, targets)
    signers, of_signing = signers_of(options, manifest, identity, targets)
    of_targets = (*assumed, *omitted_node.findings)
    findings = (*manifest.findings, *of_targets, *of_identity, *of_signing)
    stored = _stored_form(options, manifest)
    return BuildPlan(
        manifest=manifest,
        builds=tuple(TargetBuild(target, outputs[target], findings=findings) for target in targets),
        stored=stored,
        traits=ExecutableTraits(
            identity=identity,
            exec_argv=(*_exec_argv(manifest.settings), *_without_inspector(options)),
            hardened=options.harden,
            debug=manifest.settings.debug,
            locales=_locales(manifest.settings),
        ),
        documents=manifest.settings.documents,
        distribution=package_plan(options, manifest, outputs, is_universal),
        signers=signers,
        is_compact=_is_compact(manifest.settings, targets),
        compiler_host=host if stored.code.ships_bytecode or stored.start else None,
    )


def _stored_form(options: BuildOptions, manifest: Manifest) -> StoredForm:
    arguments, settings = options.profile_start, manifest.settings
    start = None if arguments is None else SampleStart(manifest.entry, arguments)
    return StoredForm(_code_form(settings), settings.compress, start)


def _targets(
    options: BuildOptions,
    manifest: Manifest,
    host: tuple[Platform, Arch],
    omitted_node: OmittedNode,
) -> tuple[tuple[Target, ...], tuple[Finding, ...], bool]:
    """Return the caller's targets, else the project's, else the default, with a finding.

    The last value says whether executables for macOS are joined.
    """
    for texts in (options.targets, manifest.targets):
        expanded, is_universal = without_universal(texts)
        if targets := parse_targets(expanded, host, omitted_node):
            return targets, (), is_universal
    targets = default_targets(options.output is not None, host, omitted_node)
    names = ", ".join(str(target) for target in targets)
    return targets, (TARGETS_ASSUMED.finding(Severity.NOTE, targets=names),), False


def _outputs(
    options: BuildOptions, manifest: Manifest, targets: tuple[Target, ...]
) -> dict[Target, Path]:
    """Return the file to write for each target."""
    directory = options.out_path or manifest.output_path or Path()
    named = directory / manifest.base_name if options.output is None else options.output
    require_file_name(named)
    # Not resolve(): an output that is a symbolic link is replaced, not what it points to.
    base = Path(os.path.abspath(named))  # noqa: PTH100
    outputs = name_outputs(targets, base, manifest.entry, explicit=options.output is not None)
    for output in outputs.values():
        require_writable_place(output, options.report)
    return outputs


def _exec_argv(settings: Settings) -> tuple[str, ...]:
    """Return the Node options to bake in."""
    given = node_arguments(settings.options)
    # Compiled TypeScript has other lines and columns; Node's own option implies source maps too.
    if settings.transform_types and _SOURCE_MAPS not in given:
        return (*given, _SOURCE_MAPS)
    return given


def _without_inspector(options: BuildOptions) -> tuple[str, ...]:
    """Return the Node options that keep others from starting the inspector."""
    if options.no_inspect:
        return NO_INSPECTOR
    return NO_SIGNAL if options.harden else ()  # NODE_OPTIONS does not act there


def _locales(settings: Settings) -> tuple[str, ...]:
    """Return the locales to keep; raise UsageError for a text that cannot be one."""
    locales = [text.strip() for texts in settings.locales for text in texts.split(",")]
    for locale in locales:
        if not _LOCALE.fullmatch(locale):
            raise LOCALE_MALFORMED.error(locale=json.dumps(locale, ensure_ascii=False))
    return tuple(dict.fromkeys(locales))


def _is_compact(settings: Settings, targets: tuple[Target, ...]) -> bool:
    """Return True if executables are compact files; raise UsageError if a target cannot be one."""
    if not settings.compact:
        return False
    for target in targets:
        if target.platform.facts.os != "linux" or target.arch not in MACHINES:
            raise COMPACT_UNSUPPORTED.error(target=target)
    return True


def _code_form(settings: Settings) -> CodeForm:
    if settings.sea:
        return CodeForm.SOURCE
    if not settings.bytecode:
        return CodeForm.PUBLIC_SOURCE
    if settings.fallback_to_source:
        return CodeForm.BYTECODE_WHERE_POSSIBLE
    return CodeForm.BYTECODE
