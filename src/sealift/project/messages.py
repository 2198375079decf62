"""Every message about projects: what `open_manifest` refuses, and what `read_project` finds."""

from __future__ import annotations

from sealift.errors import ErrorMessage, ProjectError, UsageError
from sealift.findings import FindingMessage

# ---------------------------------------------------------------------- entry point

ENTRY_MISSING = ErrorMessage(
    UsageError,
    "entry-missing",
    "The entry point {path} does not exist.",
    "Name a JavaScript file or a project directory{suggestion}.",
)
ENTRY_LOOP = ErrorMessage(
    UsageError,
    "entry-loop",
    "The entry point {path} is a symbolic link that leads to itself.",
    "Name the script itself.",
)
ENTRY_SPECIAL = ErrorMessage(
    UsageError,
    "entry-special",
    "The entry point {path} is not a regular file.",
    "Name a JavaScript file.",
)
ENTRY_FORBIDDEN = ErrorMessage(
    UsageError,
    "entry-unreadable",
    "You do not have permission to read the entry point {path}.",
    "Grant yourself permission to read the file.",
)
ENTRY_JSX = ErrorMessage(
    UsageError,
    "entry-jsx",
    "The entry point {path} may contain JSX; Node refuses it (ERR_UNKNOWN_FILE_EXTENSION:"
    ' Unknown file extension "{extension}").',
    "Compile it first (for example with esbuild), and name the JavaScript file.",
)
ENTRY_NOT_SCRIPT = ErrorMessage(
    UsageError,
    "entry-not-script",
    "The entry point {path} is not a script.",
    "Name a JavaScript file, a directory with a package.json, or a configuration file.",
)
ENTRY_IGNORED = ErrorMessage(
    ProjectError,
    "entry-ignored",
    "The entry point {path} matches a pattern of pkg.ignore.",
    "Correct pkg.ignore.",
)
ENTRY_UNREADABLE = ErrorMessage(
    ProjectError,
    "entry-unusable",
    "The entry point {path} cannot be packaged: {problem}.",
    "Correct the file, or name another entry point.",
)

TRACED_LIST_UNUSABLE = ErrorMessage(
    ProjectError,
    "traced-list-unusable",
    "The list of the entry point's files, {path}, cannot be used: {problem}.",
    "Build the project again, or remove the file.",
)

# ---------------------------------------------------------------------- specifiers

_CANNOT_RESOLVE = "'{specifier}' cannot be resolved ({code}: {reason})."

UNRESOLVED = FindingMessage(
    "unresolved-specifier",
    _CANNOT_RESOLVE,
    "Correct the specifier, or pass --allow-missing to continue without the module.",
)
UNRESOLVED_CONDITIONAL = FindingMessage(
    "unresolved-specifier",
    _CANNOT_RESOLVE,
    "Correct the specifier if the program needs the module.",
)
UNRESOLVED_MOUNTED = FindingMessage(
    "unresolved-specifier",
    "'{specifier}' is not packaged ({code}: {reason}), but {place} mounts directories.",
    "Correct the specifier, unless a mounted directory has the module.",
)
UNRESOLVED_HOOKED = FindingMessage(
    "unresolved-specifier",
    "'{specifier}' cannot be resolved ({code}: {reason}), but {place} changes what specifiers"
    " resolve to.",
    "Correct the specifier, unless the program itself resolves it.",
)
UNRESOLVED_PACKAGE = FindingMessage(
    "unresolved-specifier",
    _CANNOT_RESOLVE,
    "Run `npm install {package}`, or pass --allow-missing to continue without the package.",
)
UNRESOLVED_UNLISTED = FindingMessage(
    "unresolved-specifier",
    _CANNOT_RESOLVE,
    "Run `npm install {package}` if the program needs it.",
)
UNRESOLVED_ADDON = FindingMessage(
    "unresolved-specifier",
    _CANNOT_RESOLVE,
    "Run `npm rebuild {package}`, because its installation has made no such native addon, or pass"
    " --allow-missing to continue without it.",
)
UNRESOLVED_ADDON_CONDITIONAL = FindingMessage(
    "unresolved-specifier",
    _CANNOT_RESOLVE,
    "Run `npm rebuild {package}` if the program needs it: its installation has made no such native"
    " addon.",
)
UNRESOLVED_PLUG_AND_PLAY = FindingMessage(
    "unresolved-specifier",
    _CANNOT_RESOLVE,
    "Install with Yarn's nodeLinker set to node-modules: Plug'n'Play is not supported.",
)
UNRESOLVED_OPTIONAL = FindingMessage(
    "unresolved-optional",
    "{package} can run without these modules, which are not installed: {specifiers}.",
)
UNRESOLVED_INCLUDED = FindingMessage(
    "unresolved-in-passing",
    "Files of {package} that may not be used refer to missing modules: {specifiers}.",
)
DEPENDENCY_MISSING = FindingMessage(
    "dependency-missing",
    "The dependency {name} is not installed, and no packaged file refers to it.",
    "Run `npm install` if the program needs it.",
)
EXTENSION_UNKNOWN = FindingMessage(
    "extension-unknown",
    "'{specifier}' may contain JSX; Node refuses to import it (ERR_UNKNOWN_FILE_EXTENSION: Unknown"
    ' file extension "{extension}").',
    "Compile it to JavaScript first, for example with esbuild.",
)
UNRESOLVED_EXTENSION = FindingMessage(
    "unresolved-specifier",
    "'{specifier}' cannot be resolved ({code}: {reason}): Node needs the exact name of {path}.",
    "Write '{exact}', or compile or bundle the project first.",
)
UNRESOLVED_ALIAS = FindingMessage(
    "unresolved-specifier",
    "'{specifier}' cannot be resolved ({code}: {reason}): Node does not read the paths of {path}.",
    "Use `imports` of package.json, or compile or bundle the project first.",
)
TYPESCRIPT_UNSUPPORTED = FindingMessage(
    "typescript-unsupported",
    "Node cannot run the TypeScript at column {column} ({code}: {problem}).",
    'Set pkg.typescript to "transform" to compile such syntax, write it without, or compile the'
    " project first.",
)
TYPESCRIPT_INVALID = FindingMessage(
    "typescript-invalid",
    "Node cannot run the TypeScript at column {column} ({code}: {problem}).",
    "Correct the syntax.",
)
TYPESCRIPT_DECORATOR = FindingMessage(
    "typescript-decorator",
    "Node refuses the decorator in column {column} (SyntaxError: {problem}).",
    "Compile the project first, for example with tsc or esbuild.",
)
TYPESCRIPT_INSTALLED = FindingMessage(
    "typescript-installed",
    "Node refuses {path} (ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING: Stripping types is currently"
    " unsupported for files under node_modules).",
    "Compile or bundle the project first, or install a version of {package} with JavaScript.",
)

# ---------------------------------------------------------------------- files and paths

UNPROVEN_TRACED_ONLY = FindingMessage(
    "unproven-access",
    "The files that `{expression}` refers to are only known at run time.",
    "Name the files in pkg.assets or pkg.scripts, or omit --traced-only.",
)
UNPROVEN_WITHOUT_PACKAGE = FindingMessage(
    "unproven-access",
    "The files that `{expression}` refers to are only known at run time, and without a "
    "package.json the extent of the project is unknown.",
    "Create a package.json in the project's directory, so that all of it can be packaged.",
)
WHOLE_PACKAGES = FindingMessage(
    "whole-packages",
    "Packages included completely, because their file accesses cannot all be proven: {packages}.",
    "Pass --traced-only to package only the files that are proven to be needed.",
)
REFERENCE_MISSING = FindingMessage(
    "reference-missing",
    "The file refers to {path}, which does not exist.",
)
REFERENCE_MISSING_AT_START = FindingMessage(
    "reference-missing",
    "At run time {path} is looked up in the working directory; the project has no such file.",
)
TRACED_OUTPUT = FindingMessage(
    "traced-output",
    "A framework has chosen the files of this output; it leaves out {specifiers}.",
)
REFERENCE_OUTSIDE = FindingMessage(
    "reference-outside",
    "The file refers to {path}, which is {shown}: outside the project, so it is not packaged.",
    "Name the files that are needed in {setting}.",
)
REFERENCE_BEYOND_PACKAGE = FindingMessage(
    "reference-outside",
    "{package} refers to {path}, which is {shown}: neither its own nor in a package that it can "
    "resolve, so it is not packaged.",
    "Name it in {setting} if the program needs it.",
)
FILE_OUTSIDE = FindingMessage(
    "reference-outside",
    "{package} leads to {path}, which is neither its own nor in a package that it can resolve, so "
    "it is not packaged.",
    "Name it in {setting} if the program needs it.",
)
SYNTAX_ERROR = FindingMessage(
    "syntax-error",
    "The file is not valid JavaScript: {problem}, column {column}. References near that place may "
    "be missing, and the file may not run.",
    "Correct it; if it is another language, compile it first.",
)
SOURCE_NOT_UNDERSTOOD = FindingMessage(
    "source-not-understood",
    "The parser does not understand the file ({problem}, column {column}): all its package ships.",
)
FILE_UNREADABLE = FindingMessage(
    "file-unreadable",
    "The file cannot be read: {problem}.",
    "Correct its permissions, or leave it out with pkg.ignore.",
)
FILE_TOO_LARGE = FindingMessage(
    "file-too-large",
    "The script is larger than {limit} MiB, which V8 cannot load.",
    "Split it, or leave it out with pkg.ignore.",
)
NOT_A_FILE = FindingMessage(
    "special-file",
    "The path does not name a regular file.",
    "Replace it with a file, or leave it out with pkg.ignore.",
)
SPECIAL_FILE = FindingMessage(
    "special-file",
    "The path names neither a file nor a directory, so it is not packaged.",
)
NAME_NOT_UTF8 = FindingMessage(
    "name-not-utf8",
    "The file's name is not UTF-8, so Node cannot open it by name.",
    "Rename it, or leave it out with pkg.ignore.",
)
PACKAGE_BROKEN = FindingMessage(
    "package-json-broken",
    "The package.json cannot be used: {problem}.",
    "Reinstall the package.",
)
SECRET_LEFT_OUT = FindingMessage(
    "secret-left-out",
    "The file is not packaged, because such files commonly hold secrets.",
    "Name it exactly in pkg.assets if the program needs it.",
)
SECRET_REFERENCED = FindingMessage(
    "secret-left-out",
    "The file refers to {path}, which is not packaged, because such files commonly hold secrets.",
    "Name it exactly in {setting} to package it, or read it from the working directory.",
)
SECRET_MATCHED = FindingMessage(
    "secret-left-out",
    "The file matches {pattern} and is not packaged, because such files commonly hold secrets.",
    "Name it exactly, not by a pattern, if the program needs it.",
)
SYMLINK_LOOP = FindingMessage(
    "symlink-loop",
    "The symbolic link leads to itself.",
    "Remove it, or point it at a file.",
)
LINK_LEFT_OUT = FindingMessage(
    "link-left-out",
    "The symbolic link leads out of the project, so it is not packaged.",
)
DIRECTORY_UNREADABLE = FindingMessage(
    "directory-unreadable",
    "The directory cannot be listed: {problem}.",
    "Grant yourself permission to read it.",
)
DIRECTORY_TOO_DEEP = FindingMessage(
    "directory-too-deep",
    "More than {limit} directories are nested in one another here.",
    "Flatten the directories, or leave them out with pkg.ignore.",
)
FILE_AMBIGUOUS = ErrorMessage(
    UsageError,
    "file-ambiguous",
    "{count} packaged files end in {path}.",
    "Name one of them: {names}.",
)
FILE_NOT_PACKAGED = ErrorMessage(
    UsageError,
    "file-not-packaged",
    "{path} is not packaged.",
    "Add it with pkg.assets, or with pkg.scripts if it is a script.",
)
FILE_NOT_PACKAGED_SIMILAR = ErrorMessage(
    UsageError,
    "file-not-packaged",
    "{path} is not packaged.",
    "Name a packaged file, such as {names}.",
)
MISSING_REMEDY = "Fix the problems above, or pass --allow-missing to continue anyway."
PATCH_UNUSED = FindingMessage(
    "patch-unused",
    "pkg.patches changes {path}, which is not packaged.",
    "Correct the path, or remove the patch.",
)
PATCH_WITHOUT_MATCH = FindingMessage(
    "patch-without-match",
    "A patch of pkg.patches replaces a text that this file does not contain: {text}.",
    "Correct the text, or remove the patch.",
)
DEPLOY_FILE = FindingMessage(
    "deploy-file",
    "{package} needs the {kind} {path} beside the executable, as {destination}.",
    "Copy it there, or pass --deploy.",
)
DEPLOY_FILE_UNUSABLE = FindingMessage(
    "deploy-file-unusable",
    "{package} names {path} in pkg.deployFiles, but {problem}.",
    "Correct the paths: they stay below the package and below the executable's directory.",
)
