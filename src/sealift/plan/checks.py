"""Check exact releases, and then the project, against the plan."""

from __future__ import annotations

from collections.abc import Sequence

from sealift import runtime
from sealift.model import CodeForm, Role
from sealift.options import Compression
from sealift.payload import may_be_compressed
from sealift.plan.messages import FILES_TOO_LARGE, OUTPUT_IS_PACKAGED
from sealift.plan.plan import BuildPlan
from sealift.target_build import TargetBuild

_SCRIPTS = (Role.COMMONJS, Role.MODULE)


def check_releases(plan: BuildPlan, builds: Sequence[TargetBuild]) -> tuple[TargetBuild, ...]:
    """Return the records with findings about their releases.

    Raises:
        NodeError: a release is too old, does not support embedded options, or cannot decompress.
    """
    for build in builds:
        runtime.check_compression(build.release.version, build.target, plan.stored.compression)
    return tuple(
        build.with_findings(
            runtime.check_release(
                build.release, build.target, plan.traits.exec_argv, plan.traits.hardened
            ),
        )
        for build in builds
    )


def check_project(plan: BuildPlan, builds: Sequence[TargetBuild]) -> None:
    """Raise an error if what was read cannot become the planned executables.

    Raises:
        UsageError: an output is one of the files to package.
        NodeError: a release cannot run the project's ES modules.
        ProjectError: the files are larger than an executable can be.
        ProjectError, NodeError: as `check_disclosure`.
    """
    outputs = {build.output.resolve(): build.output for build in builds}
    for project in {build.project_key: build.project for build in builds}.values():
        for file in project.files:
            if file.source in outputs:
                raise OUTPUT_IS_PACKAGED.error(output=outputs[file.source])
    for build in builds:
        _check_size(build, plan.stored.compression)
        runtime.check_modules(build.release.version, build.target, build.project)
    check_disclosure(plan, builds)


def _check_size(build: TargetBuild, compression: Compression) -> None:
    """Raise ProjectError if the files cannot fit, before the first of them is copied.

    `sealift.payload.pack` checks what the others are when they are compressed.
    """
    limit = build.target.platform.facts.size_limit
    # Equal contents are stored once, so files of equal size may count once.
    sizes = {
        file.size: file
        for file in build.project.files
        if file.role not in _SCRIPTS  # bytecode may be all that ships of them
        and not may_be_compressed(file.size, compression)
    }
    total = sum(sizes)
    if total >= limit:
        largest = sizes[max(sizes)]
        raise FILES_TOO_LARGE.error(
            size=total, target=build.target, limit=limit >> 30, path=largest.source
        )


def check_disclosure(plan: BuildPlan, builds: Sequence[TargetBuild]) -> None:
    """Raise an error if source would have to ship that may not be disclosed.

    Raises:
        ProjectError: the code form is PUBLIC_SOURCE, and some source may not ship.
        NodeError: a release cannot run the bytecode of a script whose source may not ship.
    """
    if plan.stored.code not in (CodeForm.BYTECODE, CodeForm.PUBLIC_SOURCE):
        return
    from sealift.bytecode import (  # few builds need it this early
        refuse_undisclosed,
        undisclosed_scripts,
    )

    for build in builds:
        if plan.stored.code == CodeForm.PUBLIC_SOURCE:
            refuse_undisclosed(build.project)
        elif files := undisclosed_scripts(build.project):
            runtime.check_bytecode(build.release, build.target, files[0].location)
