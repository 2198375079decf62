"""The stage of a build that gives each target its native files."""

from __future__ import annotations

from collections.abc import Sequence

from sealift.addons import messages
from sealift.addons.native_signs import may_need_native_files
from sealift.findings import refuse_errors
from sealift.model import Observer
from sealift.options import BuildOptions
from sealift.project import Manifest
from sealift.target import Target
from sealift.target_build import TargetBuild, merge_findings


def apply(
    builds: Sequence[TargetBuild], manifest: Manifest, options: BuildOptions, observer: Observer
) -> tuple[TargetBuild, ...]:
    """Return the records with the native files of each target in its project.

    Raises:
        IncompleteProjectError: a package has no addon for a target; it has the findings of all.
        ProjectError, NodeError, FormatError: as `choose_addons`.
    """
    chosen: dict[Target, TargetBuild] = {}
    for key in dict.fromkeys(build.project_key for build in builds):
        group = tuple(build for build in builds if build.project_key == key)
        records = _choose(group, manifest, options, observer)
        chosen |= {record.target: record for record in records}
    builds = tuple(chosen[build.target] for build in builds)
    refuse_errors(merge_findings(builds), messages.MISSING_REMEDY)
    return builds


def _choose(
    builds: tuple[TargetBuild, ...], manifest: Manifest, options: BuildOptions, observer: Observer
) -> tuple[TargetBuild, ...]:
    """Return the records of targets that share a project, each with its own native files."""
    if not may_need_native_files(builds[0].project):
        return builds
    # Imported here: it is a fifth of the pipeline, and most projects have no native code.
    from sealift.addons.target_projects import choose_addons

    return choose_addons(builds, manifest, options, observer)
