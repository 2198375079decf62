"""Errors of the command line itself."""

from __future__ import annotations

from sealift.errors import ErrorMessage, OutputError, UsageError
from sealift.findings import FindingMessage

WRONG_USAGE = ErrorMessage(
    UsageError,
    "usage",
    "{problem}",
    "Run `{command} --help` for its arguments and options.",
)
OPTION_MISSPELT = ErrorMessage(
    UsageError,
    "usage",
    "No such option '{option}' of `{command}`.",
    "Write {near} if that is meant; `{command} --help` lists all options.",
)
COMMAND_UNKNOWN = ErrorMessage(
    UsageError,
    "command-unknown",
    "{given} is neither a command of sealift nor a file or directory.",
    "Run `sealift {command}` if you mean the command, or name a script or a project directory that"
    " exists.",
)
ARGUMENTS_MALFORMED = ErrorMessage(
    UsageError,
    "arguments-malformed",
    "The arguments of --profile-start, {text}, have a quotation mark without an end.",
    "Write them as for a shell: --profile-start \"--config 'my file'\".",
)

ENTRY_NOT_GIVEN = ErrorMessage(
    UsageError,
    "entry-not-given",
    "An entry file or directory is expected.",
    "Pass one, such as `sealift .`; `sealift --help` shows more.",
)
OUTPUT_AMBIGUOUS = ErrorMessage(
    UsageError,
    "output-ambiguous",
    "Both --output and --out-path are given.",
    "Pass either the file to write or the directory to write to.",
)
SIGNING_OPTION_ALONE = ErrorMessage(
    UsageError,
    "signing-option-alone",
    "{option} is given without a certificate.",
    "Name the certificate with --sign-windows or --sign-macos, or omit {option}.",
)
SIGNING_AMBIGUOUS = ErrorMessage(
    UsageError,
    "signing-ambiguous",
    "Both --sign-windows and --sign-macos are given, and a password, a command and a time server"
    " belong to one certificate.",
    "Build for each platform on its own, or write pkg.windows.sign and pkg.macos.sign.",
)
SIGNING_KEY_TWICE = ErrorMessage(
    UsageError,
    "signing-key-twice",
    "Both --sign-command and --sign-key are given.",
    "Pass the one that has the key of the certificate.",
)
NOTARIZE_NOTHING = ErrorMessage(
    UsageError,
    "notarize-ambiguous",
    "Either files or an earlier submission is expected.",
    "Name the executables to send, or pass --submission UUID without any.",
)
NOTARY_KEY_ABSENT = ErrorMessage(
    UsageError,
    "notary-key-absent",
    "No key of App Store Connect is given.",
    "Name the .p8 file of a team key with --key, or in SEALIFT_NOTARY_KEY.",
)
FORM_AMBIGUOUS = ErrorMessage(
    UsageError,
    "mode-ambiguous",
    "Both --sea and --no-bytecode are given.",
    "Pass one: --sea ships all source, --no-bytecode refuses if some is not public.",
)
WATCH_SEVERAL = ErrorMessage(
    UsageError,
    "watch-several-targets",
    "--watch builds one executable, but --target names several.",
    "Name one target, or leave out --target to build for the host.",
)
RUN_WITHOUT_WATCH = ErrorMessage(
    UsageError,
    "run-without-watch",
    "--run is given without --watch.",
    "Pass --watch too, or start the executable yourself.",
)
PROGRAM_NOT_STARTED = ErrorMessage(
    UsageError,
    "program-not-started",
    "{path} cannot be started: {reason}.",
    "Leave out --target to build for the host, or leave out --run.",
)
NODE_BINARY_MALFORMED = ErrorMessage(
    UsageError,
    "node-binary-malformed",
    "--node-binary {text} is not of the form TARGET=PATH.",
    "Write it like --node-binary linux-x64=/opt/node/bin/node.",
)
REPORT_UNWRITABLE = ErrorMessage(
    OutputError,
    "report-unwritable",
    "The report cannot be written to {path}: {reason}.",
    "Name another file, such as --json report.json.",
)
REPORT_REPLACES_FILE = ErrorMessage(
    UsageError,
    "report-replaces-file",
    "The report would replace {path}, which is not a report of sealift.",
    "Name another file with --json, or remove {path} first.",
)
OUTPUT_UNWRITABLE = ErrorMessage(
    OutputError,
    "standard-output-unwritable",
    "Standard output cannot be written: {reason}.",
    "Redirect it to a place with enough space, or pass --quiet if you do not need it.",
)

# ---------------------------------------------------------------------- sealift pkg
# The wording is that of pkg, which scripts match.

PKG_ENTRY_MISSING = ErrorMessage(
    UsageError,
    "entry-not-given",
    "Entry file/directory is expected.",
    "Pass --help to see usage information.",
)
PKG_ENTRIES = ErrorMessage(
    UsageError,
    "usage",
    "Not more than one entry file/directory is expected.",
    "Pass one entry, and quote names that contain spaces.",
)
PKG_OPTION_UNKNOWN = ErrorMessage(
    UsageError,
    "usage",
    "Unknown option '{option}'.",
    "Write an entry that starts with '-' at the end of the command after '--', as in "
    "'-- {option}'.",
)
PKG_VALUE_MISSING = ErrorMessage(
    UsageError,
    "usage",
    "Option '{option}' argument missing.",
    "Write the value after the option.",
)
PKG_VALUE_AMBIGUOUS = ErrorMessage(
    UsageError,
    "usage",
    "Option '{option}' argument is ambiguous: '{value}' is an option too.",
    "Write the value with the option in one word, as in '{option}={value}'.",
)
PKG_VALUE_UNEXPECTED = ErrorMessage(
    UsageError,
    "usage",
    "Option '{option}' does not take an argument.",
    "Remove the value.",
)
PKG_TARGETS_TWICE = ErrorMessage(
    UsageError,
    "usage",
    "Specify either '--target' or '--targets'. Not both.",
    "Write all targets in one of them, separated by commas.",
)
PKG_OUTPUT_TWICE = ErrorMessage(
    UsageError,
    "output-ambiguous",
    "Specify either 'output' or 'out-path'. Not both.",
    "Pass either the file to write or the directory to write to.",
)
PKG_CONFIG_TWICE = ErrorMessage(
    UsageError,
    "usage",
    "Specify either 'package.json' or config. Not both.",
    "Name the script as the entry, or put the settings into package.json.",
)
PKG_DIRECTORY_UNUSABLE = ErrorMessage(
    UsageError,
    "working-directory-missing",
    "CHDIR names {directory}, which cannot be entered: {reason}.",
    "Correct the environment variable CHDIR, or unset it.",
)
COMPRESSION_UNKNOWN = ErrorMessage(
    UsageError,
    "compression-unknown",
    'Invalid compression algorithm "{name}" '
    "(accepted: None/none, Brotli/br, GZip/gz/gzip, or Zstd/zs/zstd).",
    "Pass one of these names, or omit the option.",
)
PKG_OPTION_WITHOUT_EFFECT = FindingMessage(
    "option-without-effect",
    "{option} has no effect: {reason}.",
)
DOCTOR_DIFFERS = FindingMessage(
    "doctor-differs",
    "{what} differs: {how}.",
)
DOCTOR_WITHOUT_BIN = FindingMessage(
    "doctor-without-bin",
    "package.json has no `bin`: sealift packages {entry}, and pkg ends with an error.",
)
DOCTOR_PACKAGE = FindingMessage(
    "doctor-package",
    "package.json lists {name} in {key}.",
    "Remove it when nothing calls pkg any more.",
)
DOCTOR_WRITE = FindingMessage(
    "doctor-write",
    "`{command}` in {place}.",
)

CONFIGURATION_EXISTS = ErrorMessage(
    UsageError,
    "configuration-exists",
    "{path} already configures this project.",
    "Change it by hand; docs/configuration.md lists the keys.",
)
CONFIGURATION_UNWRITABLE = ErrorMessage(
    OutputError,
    "configuration-unwritable",
    "{path} cannot be written: {reason}.",
    "Write to a directory that you may write to, or pass --dry-run to see the configuration.",
)
