"""Errors of the command line itself."""

from __future__ import annotations

from sealift.errors import ErrorMessage, OutputError, UsageError

WRONG_USAGE = ErrorMessage(
    UsageError,
    "usage",
    "{problem}",
    "Run `{command} --help` for its arguments and options.",
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
FORM_AMBIGUOUS = ErrorMessage(
    UsageError,
    "mode-ambiguous",
    "Both --sea and --no-bytecode are given.",
    "Pass one: --sea ships all source, --no-bytecode refuses if some is not public.",
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
