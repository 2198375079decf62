"""Reading a project: which files its executable needs, what Node answers for them, and why.

Usage::

    manifest = open_manifest(options)          # entry, settings, targets: quick
    project = read_project(manifest, options, observer)
    projects = read_variants(manifest, options, observer, variants)  # one reading for all targets
    for step in explain(project, "lib/a.js"):
        ...

`open_manifest` raises UsageError (or ProjectError for a broken package.json). `read_project`
collects everything that is wrong in ``project.findings``; the caller decides by their severity.
"""

from __future__ import annotations

from sealift.project.manifest import Manifest, open_manifest
from sealift.project.reader import read_project, read_variants
from sealift.project.why import Step, explain

__all__ = ["Manifest", "Step", "explain", "open_manifest", "read_project", "read_variants"]
