"""Errors about distribution packages."""

from __future__ import annotations

from sealift.errors import ErrorMessage, OutputError, ProjectError, UsageError

NO_TARGET = ErrorMessage(
    UsageError,
    "package-without-target",
    "No target suits a package of kind {kind}, which needs {needed}.",
    "Add such a target with --target, or omit {kind}.",
)
NAME_TWICE = ErrorMessage(
    UsageError,
    "package-name-twice",
    "The targets {one} and {other} would both make the package {name}.",
    "Build them separately, each into a directory of its own.",
)
PACKAGE_REPLACES = ErrorMessage(
    UsageError,
    "package-replaces",
    "The package {path} of kind {kind} would replace an executable or a file of the project.",
    "Name another directory with --out-path.",
)
FILE_REPLACES = ErrorMessage(
    UsageError,
    "package-file-replaces",
    "pkg.deployFiles of {package} would replace the executable in a package, or another file"
    " through a link: {path}.",
    "Leave out --deploy, or the packages.",
)
NO_MAINTAINER = ErrorMessage(
    UsageError,
    "package-maintainer-missing",
    "A package of kind {kind} names its maintainer, and package.json has no author.",
    "Add an author to package.json, or pkg.package.maintainer, such as 'Acme <info@example.org>'.",
)
NO_URL = ErrorMessage(
    UsageError,
    "package-url-missing",
    "A package of kind {kind} refers to published archives, and their address is unknown.",
    "Add pkg.package.url, such as https://example.org/{{version}}/{{file}}, or a GitHub repository"
    " to package.json.",
)
TOOL_MISSING = ErrorMessage(
    UsageError,
    "rpmbuild-missing",
    "A package of kind rpm needs `rpmbuild`, which is not on PATH.",
    "Install rpmbuild (the package rpm-build of Fedora, rpm of Debian), or omit rpm.",
)
TOOL_FAILED = ErrorMessage(
    OutputError,
    "rpmbuild-failed",
    "`rpmbuild` made no package {name}: {reason}.",
    "Correct what it reports, or omit rpm.",
)
FILE_UNREADABLE = ErrorMessage(
    ProjectError,
    "package-file-unreadable",
    "{path} cannot be read for the package {name}: {reason}.",
    "Fix its permissions, or omit the package.",
)
PACKAGE_UNWRITABLE = ErrorMessage(
    OutputError,
    "package-unwritable",
    "The package {path} cannot be written: {reason}.",
    "Free some space or fix permissions, or choose another directory with --out-path.",
)
