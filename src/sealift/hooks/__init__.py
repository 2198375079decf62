"""The project's own code in a build: ``pkg.config.*``, preBuild, transform and postBuild.

Usage::

    with HookRunner(work, options.node, observer) as hooks:
        what = plan.make_plan(options, hooks.load)      # runs a JavaScript configuration
        hooks.before_build(what.manifest)
        builds = hooks.transform(builds, what.manifest)  # once the projects are complete
        hooks.after_build(outputs, what.manifest)

A configuration runs in a Node of the host, in one process that lives until the build ends; hooks
that are functions are called there. No process is started for a project without such a file.
"""

from sealift.hooks.process import Limits
from sealift.hooks.runner import HookRunner

__all__ = ["HookRunner", "Limits"]
