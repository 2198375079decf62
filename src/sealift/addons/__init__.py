"""Native addons for each target.

A project is read once, as it is installed on the host. Here each target gets its own project: files
for other platforms are excluded, and packages that npm would have installed on its platform are
added.

Usage::

    builds = apply(builds, manifest, options, observer)
    builds[0].project                    # with the native files of that target

Targets whose projects are equal share one.

How it works. `platform_package_groups` finds packages of which there is one per platform;
`platform_packages` chooses among them, by the lockfile (`sealift.lockfiles`) or the registry
(`npm_registry`), and fetches them into the cache (`package_fetch`, `package_cache`). `in_package`
chooses among the native files of one package (`builds`, `prebuilds`) and those that its installer
would download (`downloads`). `native_files` compares the header of each file with the target.
`optionality` finds out whether the program can run without an addon. What is chosen for a target is
collected in a `target_choice` and applied by `apply_changes`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sealift.addons.downloads import Downloads
from sealift.addons.native_code import NativeCode
from sealift.addons.package_fetch import PackageFetcher
from sealift.addons.target_choice import TargetChoice
from sealift.addons.target_projects import choose_projects
from sealift.host import host_machine
from sealift.lockfiles import npm_platform_of
from sealift.model import Finding, NodeBinary, Observer, Project, refuse_errors
from sealift.options import BuildOptions
from sealift.project import Manifest, is_public
from sealift.target import Target
from sealift.target_build import TargetBuild, findings_for, with_keys

__all__ = ["Chosen", "apply", "choose_addons"]


_REMEDY = "Fix the problems above, or pass --allow-missing-addons to continue without them."


def apply(
    builds: Sequence[TargetBuild], manifest: Manifest, options: BuildOptions, observer: Observer
) -> tuple[TargetBuild, ...]:
    """Return the records with the native files of each target in its project.

    Raises:
        IncompleteProjectError: a package has no addon for a target.
        ProjectError, NodeError, FormatError: as `choose_addons`.
    """
    applied: dict[Target, TargetBuild] = {}
    for key in dict.fromkeys(build.project_key for build in builds):
        group = [build for build in builds if build.project_key == key]
        chosen = choose_addons(
            group[0].project,
            manifest,
            [build.target for build in group],
            [build.node for build in group],
            options,
            observer,
        )
        refuse_errors(chosen.findings, _REMEDY)
        for build, packaged in zip(group, with_keys(chosen.projects, key), strict=True):
            found = findings_for(build, chosen.findings)
            applied[build.target] = replace(build, packaged=packaged).with_findings(found)
    return tuple(applied[build.target] for build in builds)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The projects of the targets.

    Attributes:
        projects: one for each target, in their order; equal projects are one object.
        findings: each once, with the targets that it concerns. An ERROR names a package that would
            fail when the program runs.
    """

    projects: tuple[Project, ...]
    findings: tuple[Finding, ...]


def choose_addons(
    project: Project,
    manifest: Manifest,
    targets: Sequence[Target],
    binaries: Sequence[NodeBinary],
    options: BuildOptions,
    observer: Observer,
) -> Chosen:
    """Return the project of each target, with the native files that it needs.

    Args:
        project: as it was read.
        manifest: its settings.
        targets: the targets to build.
        binaries: their Node binaries, in the same order.
        options: the cache, whether addons may be missing, and whose source may ship.
        observer: told what is fetched.

    Raises:
        ProjectError: ``lockfile-unreadable``.
        NodeError: the cache is unusable.
        FormatError: a Node binary is broken.
    """
    keys = [
        (npm_platform_of(target.platform, target.arch), binary.sha256)
        for target, binary in zip(targets, binaries, strict=True)
    ]
    choices = {
        key: TargetChoice(key[0], binary, options.allow_missing_addons)
        for key, binary in zip(keys, binaries, strict=True)
    }
    fetcher = PackageFetcher(manifest.root, options.node, observer)
    downloads = Downloads(
        manifest.root, fetcher.store, fetcher.npm, observer, offline=options.node.offline
    )
    code = NativeCode(project, _may_ship(options, manifest))
    chosen = choose_projects(code, fetcher, downloads, tuple(choices.values()), host_machine())
    projects = dict(zip(choices, chosen, strict=True))
    concerned: dict[Finding, list[str]] = {}
    for target, key in zip(targets, keys, strict=True):
        for finding in choices[key].findings:
            concerned.setdefault(finding, []).append(str(target))
    return Chosen(
        tuple(projects[key] for key in keys),
        tuple(replace(finding, targets=tuple(names)) for finding, names in concerned.items()),
    )


def _may_ship(options: BuildOptions, manifest: Manifest) -> Callable[[dict[str, Any]], bool]:
    """Return a function that decides by a package.json whether the package's source may ship."""
    listed = ",".join((*options.public_packages, *manifest.settings.public_packages)).split(",")
    public_packages = {name.strip() for name in listed}

    def may_ship(data: dict[str, Any]) -> bool:
        return "*" in public_packages or data.get("name") in public_packages or is_public(data)

    return may_ship
