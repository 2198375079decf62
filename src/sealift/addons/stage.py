"""The stage of a build that gives each target its native files."""

from __future__ import annotations

from collections.abc import Sequence

from sealift.addons import messages
from sealift.addons.target_projects import choose_addons
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
        group = [build for build in builds if build.project_key == key]
        records = choose_addons(group, manifest, options, observer)
        chosen |= {record.target: record for record in records}
    builds = tuple(chosen[build.target] for build in builds)
    refuse_errors(merge_findings(builds), messages.MISSING_REMEDY)
    return builds
