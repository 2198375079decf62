"""Reading a project: which files its executable needs, why, and what their specifiers resolve to.

Usage::

    manifest = open_manifest(options)                    # entry point, settings, targets: quick
    builds = read(builds, manifest, options, observer)   # the stage: the project of each target
    project = read_project(manifest, options, observer)  # the project for one kind of targets
    for step in explain(project, "lib/a.js"):
        ...

`open_manifest` raises UsageError, or ProjectError for a broken package.json. `read_project`
collects all problems in ``project.findings``; `read` raises IncompleteProjectError if one of them
is an ERROR.

docs/how-tracing-works.md has the ideas. Other stages change the project after it has been read; the
remaining names are for them.
"""

from __future__ import annotations

from sealift.project.bounded_json import JsonError, parse_json
from sealift.project.disclosure import Disclosure
from sealift.project.filesystem import FileSystem, PathKind
from sealift.project.found_scripts import FoundScript
from sealift.project.manifest import Manifest, open_manifest
from sealift.project.outside_patterns import outside_patterns
from sealift.project.package_contents import PackageFilter, keep_all, walk_tree
from sealift.project.package_json import Packages, load_package
from sealift.project.roles import (
    LARGE_SCRIPT,
    declared_module,
    is_script,
    may_have_module_syntax,
    role_of_data,
)
from sealift.project.scanning import find_references, has_module_syntax
from sealift.project.settings import (
    CONFIG_NAMES,
    ConfigFunction,
    ConfigLoader,
    Settings,
    SignSettings,
    differences,
    settings_schema,
)
from sealift.project.specifiers import package_name_of
from sealift.project.suggestions import Suggestion, suggest_settings
from sealift.project.typescript import JavaScript, TypeScriptError, TypeStripper
from sealift.project.variants import read, read_project
from sealift.project.why import Step, explain

__all__ = [
    "CONFIG_NAMES",
    "LARGE_SCRIPT",
    "ConfigFunction",
    "ConfigLoader",
    "Disclosure",
    "FileSystem",
    "FoundScript",
    "JavaScript",
    "JsonError",
    "Manifest",
    "PackageFilter",
    "Packages",
    "PathKind",
    "Settings",
    "SignSettings",
    "Step",
    "Suggestion",
    "TypeScriptError",
    "TypeStripper",
    "declared_module",
    "differences",
    "explain",
    "find_references",
    "has_module_syntax",
    "is_script",
    "keep_all",
    "load_package",
    "may_have_module_syntax",
    "open_manifest",
    "outside_patterns",
    "package_name_of",
    "parse_json",
    "read",
    "read_project",
    "role_of_data",
    "settings_schema",
    "suggest_settings",
    "walk_tree",
]
