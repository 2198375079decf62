"""The project of each target."""

from __future__ import annotations

from collections.abc import Sequence

from sealift.addons import messages
from sealift.addons.apply_changes import Change, apply_change
from sealift.addons.downloads import Downloads
from sealift.addons.in_package import PackageBuildChooser
from sealift.addons.native_code import NativeCode
from sealift.addons.native_signs import is_addon
from sealift.addons.package_fetch import PackageFetcher
from sealift.addons.platform_packages import PlatformPackageChooser
from sealift.addons.target_changes import TargetChanges
from sealift.findings import Severity
from sealift.host import host_machine
from sealift.lockfiles import npm_platform_of
from sealift.model import Observer, Project
from sealift.options import BuildOptions
from sealift.project import Disclosure, Manifest
from sealift.record import replace
from sealift.target_build import TargetBuild, with_keys


def choose_addons(
    builds: Sequence[TargetBuild], manifest: Manifest, options: BuildOptions, observer: Observer
) -> tuple[TargetBuild, ...]:
    """Return records with the native files of each target in its project, and with findings.

    A finding that is an ERROR names a package that would fail when the program runs.

    Args:
        builds: records of targets that share a project.
        manifest: of the project.
        options: the cache, and whether addons may be missing.
        observer: notified of what is fetched.

    Raises:
        ProjectError: ``lockfile-unreadable``.
        NodeError: the cache is unusable.
        FormatError: a Node binary is broken.
    """
    # Targets with the same platform for npm and the same Node binary need the same native files.
    keys = [
        (npm_platform_of(build.target.platform, build.target.arch), build.node.sha256)
        for build in builds
    ]
    changes = {
        key: TargetChanges(key[0], build.node, options.allow_missing_addons)
        for key, build in zip(keys, builds, strict=True)
    }
    fetcher = PackageFetcher(manifest.root, options.node, observer)
    downloads = Downloads(
        manifest.root, fetcher.store, fetcher.npm, observer, offline=options.node.offline
    )
    code = NativeCode(builds[0].project, Disclosure.of(manifest.settings))
    chosen = _choose_projects(code, fetcher, downloads, tuple(changes.values()), host_machine())
    projects = dict(zip(changes, chosen, strict=True))
    packaged = with_keys([projects[key] for key in keys], builds[0].project_key)
    return tuple(
        replace(build, packaged=own).with_findings(changes[key].findings)
        for build, key, own in zip(builds, keys, packaged, strict=True)
    )


def _choose_projects(
    code: NativeCode,
    fetcher: PackageFetcher,
    downloads: Downloads,
    all_changes: Sequence[TargetChanges],
    host: tuple[str, str],
) -> tuple[Project, ...]:
    """Choose for all targets and return the project of each; equal projects are one object.

    Args:
        code: the project's native code.
        fetcher: fetches packages that are not installed.
        downloads: what installers would fetch.
        all_changes: one for each different pair of platform and Node binary, filled in here.
        host: platform and architecture of the host.
    """
    platform_packages = PlatformPackageChooser(code, fetcher, host)
    builds = PackageBuildChooser(code, downloads, platform_packages.groups, host)
    if not platform_packages.groups and builds.is_empty:
        return (code.project,) * len(all_changes)
    platform_packages.choose(all_changes)
    for changes in all_changes:
        builds.choose(changes)
    results = [one.change() for one in all_changes]
    projects = {result: _changed(code, result) for result in dict.fromkeys(results)}
    for changes, result in zip(all_changes, results, strict=True):
        _report_static_node(changes, projects[result])
    return tuple(projects[result] for result in results)


def _changed(code: NativeCode, change: Change) -> Project:
    if not change:
        return code.project
    added = (file for addition in change.added for file in code.files_of(addition))
    return apply_change(code.project, change, added)


def _report_static_node(changes: TargetChanges, project: Project) -> None:
    """Report addons in a project whose Node is statically linked: it has no loader for them."""
    addons = [file for file in project.files if is_addon(file)]
    if addons and changes.binary.facts.is_static:
        changes.report(
            messages.STATIC_NODE.finding(
                Severity.WARNING,
                file=project.display_path(addons[0]),
                platform=changes.platform,
                node=changes.binary.origin,
                count=len(addons),
            )
        )
