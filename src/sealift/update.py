"""``sealift update``: write ``sealift.lock`` with the newest releases."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from sealift.findings import Finding
from sealift.model import Observer, SilentObserver
from sealift.options import BuildOptions
from sealift.record import replace
from sealift.target_build import LockedTarget, merge_findings


class UpdatedLock(Struct, frozen=True):
    """A lock that was written.

    Attributes:
        path: of the file.
        before, after: Node releases, by target; before, only those that were locked.
        findings: what the user should know.
    """

    path: Path
    before: Mapping[str, str]
    after: Mapping[str, str]
    findings: tuple[Finding, ...]


def update(options: BuildOptions, observer: Observer | None = None) -> UpdatedLock:
    """Choose the newest releases and addons for targets, and write them to the project's lock.

    Without targets in the options, they are those of the settings and of the lock. The Node
    binaries and addons are fetched, because the lock has their digests.

    Args:
        options: which project, for which targets.
        observer: notified of the stages and their progress; None for silence.

    Raises:
        SealiftError: for every problem that the user can fix; the lock was not changed.
    """
    # Imported here, so that `import sealift` stays quick.
    from sealift import addons, hooks, lock, musl, nodes, plan, project, typescript
    from sealift.tools.private_files import work_directory

    observer = observer or SilentObserver()
    with work_directory() as work, hooks.HookRunner(work, options.node, observer) as runner:
        manifest = project.open_manifest(options, runner.load)
        old = lock.read_lock(manifest.root)
        locked: Mapping[str, LockedTarget] = old.targets if old is not None else {}
        if not options.targets:
            options = replace(options, targets=(*manifest.targets, *locked))
        what = plan.make_plan(options, runner.load)
        builds = nodes.choose_releases(what.builds, options.node, observer, what.compiler_host)
        builds = plan.check_releases(what, builds)
        with typescript.Stripper(work, options.node, observer, builds) as stripper:
            builds = project.read(builds, what.manifest, options, observer, stripper, work)
        builds = nodes.fetch_binaries(builds, options.node, observer)
        builds = musl.apply(builds, options.node, observer)
        builds = addons.apply(builds, what.manifest, options, observer)
        path = lock.write_lock(manifest.root, builds, options.node)
    return UpdatedLock(
        path=path,
        before={name: str(one.version) for name, one in locked.items()},
        after={str(build.target): str(build.node.version) for build in builds},
        findings=merge_findings(builds),
    )
