"""Read a project as the release of each target sees it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sealift.cache import cache_root
from sealift.findings import refuse_errors
from sealift.model import Observer, Project, ProjectVariant
from sealift.options import BuildOptions
from sealift.project import messages
from sealift.project.found_scripts import OnFound
from sealift.project.manifest import Manifest
from sealift.project.project_cache import ProjectCache
from sealift.project.scan_cache import ScanCache
from sealift.project.typescript import TypeStripper
from sealift.record import replace
from sealift.target import NodeVersion, require_loads_modules
from sealift.target_build import TargetBuild, with_keys


def read(
    builds: Sequence[TargetBuild],
    manifest: Manifest,
    options: BuildOptions,
    observer: Observer,
    stripper: TypeStripper | None = None,
    work: Path | None = None,
    found: OnFound | None = None,
) -> tuple[TargetBuild, ...]:
    """Return the records with the project; its files are read once for all targets.

    ``found`` is called with each script, possibly several times, unless all is from the cache.

    Raises:
        IncompleteProjectError: something that the program needs is missing.
        ProjectError: the entry point cannot be packaged.
    """
    wanted = [_variant(build.release.version) for build in builds]
    cache = cache_root(options.node.cache)
    kept = ProjectCache(cache, manifest, options, wanted, stripper)
    projects = kept.load(work) if work is not None else None
    if projects is None:
        from sealift.project.reader import read_variants  # most builds read nothing

        scans = ScanCache(cache, manifest.entry)
        try:
            projects = read_variants(
                manifest, options, observer, wanted, stripper, work, scans, kept, found
            )
        finally:
            scans.keep()
    # Variants that no package tells apart are one object, and share a key.
    keyed = with_keys([projects[variant] for variant in wanted], "variant")
    read_builds = []
    for build, packaged in zip(builds, keyed, strict=True):
        findings = packaged.project.findings
        refuse_errors(findings, messages.MISSING_REMEDY)
        read_builds.append(replace(build, packaged=packaged).with_findings(findings))
    return tuple(read_builds)


def read_project(
    manifest: Manifest,
    options: BuildOptions,
    observer: Observer,
    variant: ProjectVariant = ProjectVariant(),  # noqa: B008 (frozen)
    stripper: TypeStripper | None = None,
    work: Path | None = None,
) -> Project:
    """Return the project with every file that the program needs, for one kind of targets.

    See `sealift.project.reader.read_variants` for what it holds and for the errors.
    """
    from sealift.project.reader import read_variants

    return read_variants(manifest, options, observer, (variant,), stripper, work)[variant]


def _variant(version: NodeVersion) -> ProjectVariant:
    return ProjectVariant(require_esm=require_loads_modules(version))
