"""The errors about lockfiles."""

from __future__ import annotations

from sealift.errors import ErrorMessage, ProjectError

_CODE = "lockfile-unreadable"
_REINSTALL = "Reinstall to regenerate the lockfile."

CANNOT_OPEN = ErrorMessage(
    ProjectError,
    _CODE,
    "The lockfile {path} cannot be read: {reason}.",
    "Fix its permissions.",
)
TOO_LARGE = ErrorMessage(
    ProjectError,
    _CODE,
    "The lockfile {path} is larger than {limit} MiB.",
    _REINSTALL,
)
NOT_UTF8 = ErrorMessage(
    ProjectError,
    _CODE,
    "The lockfile {path} is not UTF-8 text.",
    _REINSTALL,
)
MERGE_CONFLICT = ErrorMessage(
    ProjectError,
    _CODE,
    "The lockfile {path} has an unresolved merge conflict on line {line}.",
    "Resolve the conflict, then reinstall.",
)
TOO_DEEP = ErrorMessage(
    ProjectError,
    _CODE,
    "The lockfile {path} is nested more than {limit} levels deep.",
    _REINSTALL,
)
NOT_JSON = ErrorMessage(
    ProjectError,
    _CODE,
    "The lockfile {path} is not valid JSON: {reason}.",
    "Run `npm install` to regenerate the lockfile.",
)
NOT_YAML = ErrorMessage(
    ProjectError,
    _CODE,
    "The lockfile {path} is not valid YAML: line {line}: {reason}.",
    _REINSTALL,
)
NOT_YARN_CLASSIC = ErrorMessage(
    ProjectError,
    _CODE,
    "The lockfile {path} is not a valid Yarn lockfile: line {line}: {reason}.",
    "Run `yarn install` to regenerate the lockfile.",
)
NOT_AN_OBJECT = ErrorMessage(
    ProjectError,
    _CODE,
    "The lockfile {path} does not contain an object.",
    _REINSTALL,
)
NPM_VERSION_1 = ErrorMessage(
    ProjectError,
    _CODE,
    "The lockfile {path} has version 1, which does not list packages for other platforms.",
    "Run `npm install` with npm 7 or newer.",
)
PNPM_VERSION_UNKNOWN = ErrorMessage(
    ProjectError,
    _CODE,
    "The lockfile {path} has version {version}; supported are versions 6, 7 and 9.",
    "Run `pnpm install` with pnpm 8 or newer.",
)
