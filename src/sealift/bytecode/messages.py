"""Errors and findings about bytecode."""

from __future__ import annotations

from sealift.errors import ErrorMessage, FormatError, NodeError, ProjectError
from sealift.findings import FindingMessage

FILE_UNREADABLE = ErrorMessage(
    ProjectError,
    "file-unreadable",
    "{file} cannot be read: {reason}.",
    "Make it readable, or exclude it with pkg.ignore.",
)
FILE_CHANGED = ErrorMessage(
    ProjectError,
    "file-changed",
    "{file} changed while it was being packaged.",
    "Build again when no other program writes to the project.",
)

COMPILER_STUCK = ErrorMessage(
    NodeError,
    "compiler-stuck",
    "Node {version} ({origin}){by} did not compile {file} within {minutes} minutes.",
    "Exclude the file with pkg.ignore, name another Node with --node-binary TARGET=PATH, or pass"
    " --sea to ship source.",
)
COMPILER_FAILED = ErrorMessage(
    NodeError,
    "compiler-failed",
    "Node {version} ({origin}) cannot compile on this host: {reason}.",
    "Name a Node that runs on this host with --node-binary TARGET=PATH, or pass --sea to ship"
    " source.",
)
EMULATOR_FAILED = ErrorMessage(
    NodeError,
    "compiler-failed",
    "{emulator} does not run the target's Node. {problem}",
    "{remedy}",
)
CACHE_ENTRY_LOST = ErrorMessage(
    NodeError,
    "cache-unusable",
    "The bytecode of {file} was removed from the cache during the build.",
    "Build again; if that does not help, name another directory with --cache.",
)

START_FAILED = ErrorMessage(
    ProjectError,
    "start-failed",
    "The run that --profile-start asks for, {command}, failed: {reason}.",
    "Run it with Node to see why, give arguments with which the program succeeds, or leave"
    " --profile-start out.",
)

UNKNOWN_FUNCTION_NUMBERS = ErrorMessage(
    FormatError,
    "v8-cache",
    "A V8 code cache has more than one script, or functions that do not have a number each.",
    "Use a Node release whose bytecode format is known, or ship source.",
)
UNKNOWN_FUNCTION_FLAGS = ErrorMessage(
    FormatError,
    "v8-cache",
    "A V8 code cache has functions whose last fields are not those of V8's functions.",
    "Use a Node release whose bytecode format is known, or ship source.",
)
RELOCATION_REFUSED = ErrorMessage(
    FormatError,
    "relocation-refused",
    "Bytecode cannot be relocated to the target: {reason}.",
    "Use binaries of the same Node release, or ship source for this target.",
)
OPTIONS_UNSUPPORTED = ErrorMessage(
    FormatError,
    "exec-argv-unsupported",
    "This release does not support the embedded Node option that bytecode needs; 22.20, 24.8 and"
    " newer releases do.",
    "Choose a newer release of Node, or ship source.",
)

BYTECODE_UNAVAILABLE = ErrorMessage(
    NodeError,
    "bytecode-unavailable",
    "There is no bytecode for {target}: {reason}{tried} The source of {count} files is not public,"
    " such as {file}.",
    "{remedy}",
)
BYTECODE_REFUSED = ErrorMessage(
    ProjectError,
    "bytecode-refused",
    "The bytecode of {file} cannot be relocated to {target}, and its source is not public:"
    " {reason}{tried}",
    "{remedy}",
)
WAYS_OUT = (
    "Pass --fallback-to-source to ship source where there is no bytecode, pass --sea to ship source"
    " only, or choose another Node release."
)
INSTALL_EMULATOR = "Install {emulator} so that the target's Node can compile it. "

SOURCE_NOT_PUBLIC = ErrorMessage(
    ProjectError,
    "source-not-public",
    "--no-bytecode would ship non-public source: {owners}.",
    "Pass --public for the project itself and --public-packages NAMES (or '*') for packages, or"
    " drop --no-bytecode.",
)
MODULE_NOT_COMPILED = FindingMessage(
    "module-not-compiled",
    "Node {version} does not run ES modules as bytecode, and this source is not public.",
    "Compile it to CommonJS, choose Node 22 or newer, or ship the source: --public discloses the"
    " project's own, --fallback-to-source everything without bytecode.",
)
MODULES_SHIPPED_AS_SOURCE = FindingMessage(
    "shipped-as-source",
    "Node {version} does not run ES modules as bytecode; {count} ship as source, such as"
    " {example}.",
)
UNDISCLOSED_MODULES_SHIPPED_AS_SOURCE = FindingMessage(
    "shipped-as-source",
    MODULES_SHIPPED_AS_SOURCE.text,
    "Choose Node 22 or newer to ship them as bytecode.",
)
TYPESCRIPT_SHIPPED_AS_SOURCE = FindingMessage(
    "typescript-as-source",
    "Nothing loads this TypeScript by its name, so it ships unchanged, although it is not public:"
    " {names}.",
    "Name it in pkg.scripts if the program loads it, or exclude it with pkg.ignore.",
)
SOURCE_LEFT_OUT = FindingMessage(
    "source-left-out",
    "The program names {names} here by a path; reading that fails, because the source of these"
    " scripts does not ship.",
    "Add files that the program reads to pkg.assets; their source ships then.",
)
SOURCE_NEEDED = FindingMessage(
    "source-left-out",
    "The program reads {names} here whenever it starts; that fails, because the source of these"
    " scripts does not ship.",
    "Add the files to pkg.assets; their source ships then.",
)
SOURCE_READ_BY_PACKAGE = FindingMessage(
    "source-left-out",
    "{package} reads the text of {names}, which it gets here; that fails, because the source of"
    " these scripts does not ship.",
    "Add the files to pkg.assets; their source ships then.",
)
SOURCE_SHIPPED = FindingMessage(
    "shipped-as-source",
    "The program reads {names} here whenever it starts. The source of these scripts ships.",
    "Let the program read another file if the source must not ship.",
)
SOURCE_SHIPPED_FOR_PACKAGE = FindingMessage(
    "shipped-as-source",
    "{package} reads the text of {names}, which it gets here. The source of these scripts ships.",
    "Write what it reads to another file if the source must not ship.",
)
FUNCTION_TEXT_LEFT_OUT = FindingMessage(
    "function-text-left-out",
    "The text of a function is used here (`{what}`); it is blank at run time if the function's"
    " source does not ship.",
    "Add the scripts with such functions to pkg.assets, or pass --public; their source ships then.",
)
FUNCTION_TEXT_NEEDED = FindingMessage(
    "function-text-left-out",
    "The text of a function is used here whenever the program starts (`{what}`); it is blank,"
    " because the script's source does not ship.",
    "Add the script to pkg.assets, or pass {option}; its source ships then.",
)
FUNCTION_TEXT_SHIPPED = FindingMessage(
    "shipped-as-source",
    "The text of a function is used here whenever the program starts (`{what}`). The script's"
    " source ships.",
    "Write the text as a string if the source must not ship.",
)
OWN_TEXT_LEFT_OUT = FindingMessage(
    "function-text-left-out",
    "{package} uses the text of its own functions, and its source does not ship.",
    "Pass --public-packages {package} if its source may be disclosed.",
)
CALLBACK_TEXT_LEFT_OUT = FindingMessage(
    "function-text-left-out",
    "{packages} may use the text of functions that the program passes, and the program's source"
    " does not ship.",
    "Add the scripts with such functions to pkg.assets, or pass --public; their source ships then.",
)

EVALUATED_IMPORT = FindingMessage(
    "evaluated-import",
    "Node {major} refuses import() in text that bytecode evaluates"
    " (ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING).",
    "Write import() as code, let the file's source ship (--public), or choose Node 22 or newer.",
)
NOT_COMPILED = FindingMessage(
    "not-compiled",
    "V8 cannot compile this file: {problem}.",
    "Fix it, exclude it with pkg.ignore, or pass --fallback-to-source to ship its source.",
)
NOT_COMPILED_SHIPPED_AS_SOURCE = FindingMessage(
    "shipped-as-source",
    "V8 cannot compile this file: {problem}. Its source ships.",
    "Fix these files if the program needs them.",
)
SHIPPED_AS_DATA = FindingMessage(
    "shipped-as-data",
    "Node cannot compile these scripts, and no code is known to load them, so they ship as data:"
    " {names}.",
)
SERVED_AS_DATA = FindingMessage(
    "served-as-data",
    "Scripts for browsers ship as data, with their source, although the project's is not public:"
    " {names}.",
    "Exclude them with pkg.ignore if no browser gets them.",
)
UNDISCLOSED_SHIPPED_AS_DATA = FindingMessage(
    "shipped-as-data",
    "Node cannot compile these scripts, and no code is known to load them, so their source ships"
    " as data although it is not public: {names}.",
    "Exclude them with pkg.ignore if the program does not need them.",
)
NOT_RELOCATED_SHIPPED_AS_SOURCE = FindingMessage(
    "shipped-as-source",
    "Its bytecode cannot be relocated to {target}: {reason} Its source ships.",
    "Choose another Node release if the program needs bytecode of these files.",
)
COMPILED_NATIVELY = FindingMessage(
    "compiled-natively",
    "The Node for {machine} compiled {what} itself on this host. {reason}",
)
WITHOUT_BYTECODE = FindingMessage(
    "without-bytecode",
    "There is no bytecode for {target}: {reason} All source ships.",
    "Choose another Node release if the program must start faster.",
)
WITHOUT_CODE_CACHES = FindingMessage(
    "without-code-caches",
    "Source for {target} ships without V8's code caches, so it starts more slowly: {reason}",
    "Build for the host too, or name a Node with the same V8 for it with --node-binary.",
)
