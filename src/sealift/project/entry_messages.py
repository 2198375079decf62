"""Messages about package.json and the script that it names as the entry point."""

from __future__ import annotations

from sealift.errors import ErrorMessage, ProjectError, UsageError
from sealift.findings import FindingMessage

PACKAGE_MISSING = ErrorMessage(
    UsageError,
    "package-missing",
    "The directory {path} has no package.json.",
    "Name a JavaScript file, or create a package.json with `bin` or `main`.",
)
PACKAGE_UNUSABLE = ErrorMessage(
    ProjectError,
    "package-json-broken",
    "{path} cannot be used: {problem}.",
    "Correct the file at the place named above.",
)
BIN_ABSENT = ErrorMessage(
    UsageError,
    "bin-missing",
    "{path} has no `bin`.",
    "Omit --bin, or add `bin` to the file.",
)
MAIN_MISSING = ErrorMessage(
    UsageError,
    "bin-missing",
    "{path} has no `bin`, and no `main` file that exists.",
    "Name the script that the executable runs, as in `sealift server.js`, or add it as `bin`.",
)
MAIN_IS_STARTED = ErrorMessage(
    UsageError,
    "bin-missing",
    "{path} has no `bin`, and no `main` file that exists; its scripts start {script}.",
    "Run `sealift {entry}`, or add {script} as `bin`.",
)
FRAMEWORK_SOURCE = ErrorMessage(
    UsageError,
    "bin-missing",
    "{path} has no `bin`; it is the source of a {package} project, whose build writes what runs.",
    "Build it ({how}), then run `sealift {entry}`.",
)
WORKSPACE_ROOT = ErrorMessage(
    UsageError,
    "bin-missing",
    "{path} is the root of a workspace: it has no `bin`, and no `main` file that exists.",
    "Name the directory of one of its packages, such as `sealift packages/cli`, or add `bin` with"
    " the script that the executable runs.",
)
NOT_BUILT = ErrorMessage(
    UsageError,
    "bin-missing",
    "The script {script}, named by `{field}` in {path}, does not exist.",
    "Run `npm run {name}` first (`{command}`), or correct `{field}`.",
)
BIN_TYPE = ErrorMessage(
    UsageError,
    "bin-type",
    "`bin` in {path} is neither a string nor an object of strings.",
    'Write it as {{"name": "script.js"}}.',
)
BIN_EMPTY = ErrorMessage(
    UsageError,
    "bin-missing",
    "`bin` in {path} is empty.",
    "Add the script that the executable runs.",
)
BIN_UNKNOWN = ErrorMessage(
    UsageError,
    "bin-unknown",
    "`bin` in {path} has no entry {name}.",
    "Pass one of its entries with --bin: {names}.",
)
BIN_SCRIPT_MISSING = ErrorMessage(
    UsageError,
    "bin-missing",
    "The script {script}, named by `bin` in {path}, does not exist.",
    "Build the project first, or correct `bin`.",
)

MAIN_AS_ENTRY = FindingMessage(
    "main-as-entry",
    "package.json has no `bin`, so its main file {path} is the entry point.",
)
BIN_CHOSEN = FindingMessage(
    "bin-chosen",
    "Of the {count} entries of `bin`, {name} is packaged.",
    "Pass --bin to choose another one.",
)
STARTED_BY_PROGRAM = FindingMessage(
    "started-by-program",
    "`npm start` runs `{command}`; the executable runs {script} without {program}.",
    "If {script} does not start by itself, package a script that starts it, such as one that"
    " {program} generates.",
)
