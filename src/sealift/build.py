"""The story of a build, from top to bottom. Read this first.

plan -> releases -> project -> Node binaries -> addons -> payload -> executable -> packages

The project's own hooks run before the first stage, before packing, and before packages are made.
"""

from __future__ import annotations

import time

from sealift.model import Observer, SilentObserver
from sealift.options import BuildOptions
from sealift.result import BuildResult
from sealift.target_build import merge_findings


def build(options: BuildOptions, observer: Observer | None = None) -> BuildResult:
    """Package a project for each of its targets.

    Args:
        options: what to package, for which targets, and where to write.
        observer: notified of the stages and their progress; None for silence.

    Raises:
        SealiftError: for every problem that the user can fix; no output was written or changed,
            unless pkg.postBuild or a package failed.
    """
    # Imported here, so that `import sealift` stays quick.
    from sealift import addons, assemble, documents, hooks, musl, nodes, packing, plan, project
    from sealift import lock as locks
    from sealift import typescript as ts
    from sealift.compact import obtain_fronts
    from sealift.distribution import make_packages
    from sealift.tools.private_files import work_directory

    observer, start = observer or SilentObserver(), time.monotonic()
    with work_directory() as work, hooks.HookRunner(work, options.node, observer) as runner:
        what = plan.make_plan(options, runner.load)
        runner.before_build(what.manifest)
        builds = locks.apply(what.builds, what.manifest.root, options.frozen)
        builds = nodes.choose_releases(builds, options.node, observer, what.compiler_host)
        builds = plan.check_releases(what, builds)
        with packing.CompileAhead(builds, what.stored, options.node, work) as ahead:
            with ts.Stripper(work, options.node, observer, builds) as stripper:
                builds = project.read(
                    builds, what.manifest, options, observer, stripper, work, ahead.found
                )
            plan.check_project(what, builds)
            builds = nodes.fetch_binaries(builds, options.node, observer)
            builds = musl.apply(builds, options.node, observer)
            builds = obtain_fronts(builds, what.is_compact, options.node, observer)
            builds = addons.apply(builds, what.manifest, options, observer)
            builds = locks.check(builds, options)
            plan.check_disclosure(what, builds)  # fetched packages have licences too
            builds = runner.transform(builds, what.manifest)
            builds = packing.pack(builds, what.stored, options.node, work, observer, ahead)
        nodes.check_options(builds, what.traits.exec_argv, options.node)
        builds = documents.describe(builds, what.documents, what.manifest, options.node, observer)
        builds = assemble.write_all(builds, what.traits, what.signers, observer)
        assemble.deploy(builds, options, observer)
        builds = runner.after_build(builds, what.manifest)
        packages = make_packages(what.distribution, builds, work, observer)
        builds = documents.write_all(builds, packages, what.documents, what.manifest, observer)
    return BuildResult(
        executables=tuple(one.executable for one in builds),
        findings=merge_findings(builds),
        seconds=time.monotonic() - start,
        packages=packages,
    )
