"""Errors and findings about the ``pkg`` settings and the files that hold them."""

from __future__ import annotations

from sealift.errors import ErrorMessage, UsageError
from sealift.findings import FindingMessage

CONFIG_UNREADABLE = ErrorMessage(
    UsageError,
    "config-unreadable",
    "The configuration file {path} cannot be read: {problem}.",
    "Name an existing file with --config, or omit the option.",
)
CONFIG_BROKEN = ErrorMessage(
    UsageError,
    "config-broken",
    "{path} is not valid JSON: {problem} at line {line}, column {column}.",
    "Correct the file at that place.",
)
CONFIG_NOT_RUN = ErrorMessage(
    UsageError,
    "config-not-run",
    "{path} is JavaScript, which is not run here.",
    "Write the settings as JSON, in .pkgrc.json or in the `pkg` field of package.json.",
)
CONFIG_NOT_OBJECT = ErrorMessage(
    UsageError,
    "config-type",
    "{path} holds {value}, not an object.",
    'Write it as {{"targets": [...], "assets": [...]}}.',
)
SETTING_TYPE = ErrorMessage(
    UsageError,
    "config-type",
    "{key} must be {type}, not {value} ({path}).",
    "Correct {key} in {path}.",
)
SETTING_TEXT = ErrorMessage(
    UsageError,
    "config-text",
    "{key} in {path} contains {problem}: {value}.",
    "Remove the character from {key}.",
)
HOOK_EMPTY = ErrorMessage(
    UsageError,
    "config-type",
    "{key} must not be an empty string ({path}).",
    "Write a command for the shell, or remove {key}.",
)
SECRET_IN_SETTINGS = ErrorMessage(
    UsageError,
    "secret-in-settings",
    "{key} in {path} would be a secret that everyone can read who reads the project.",
    "Remove it, change the secret if the file was published, and set the variable {variable}"
    " where executables are signed.",
)
CERTIFICATE_NOT_NAMED = ErrorMessage(
    UsageError,
    "certificate-not-named",
    "{key} in {path} names no certificate.",
    "Set {key}.certificate to the path of a PKCS#12 or PEM file.",
)
SIGNING_KEYS_TWO = ErrorMessage(
    UsageError,
    "signing-keys-two",
    "{key} in {path} has both a command and a key.",
    "Leave the one that has the key of the certificate.",
)
VARIABLE_MALFORMED = ErrorMessage(
    UsageError,
    "variable-malformed",
    "{key} in {path} is not the name of an environment variable.",
    "Write the name of the variable, not the password, with letters, digits and underscores.",
)
UNKNOWN_KEY = ErrorMessage(
    UsageError,
    "unknown-key",
    "{key} in {path} is not a setting.",
    "Remove it, or {suggestion}.",
)
UNKNOWN_SETTING = FindingMessage(
    "unknown-setting",
    "pkg.{key} is not a setting and is ignored.",
    "Remove it{suggestion}.",
)
SETTING_WITHOUT_EFFECT = FindingMessage(
    "setting-without-effect",
    "pkg.{key} has no effect: {reason}.",
    "Remove it if only sealift reads the file.",
)
COMPRESS_UNKNOWN = ErrorMessage(
    UsageError,
    "compression-unknown",
    "pkg.compress in {path} is '{value}', which is not the name of a compression.",
    "Write None, Brotli, GZip or Zstd.",
)

PATTERN_TOO_LONG = ErrorMessage(
    UsageError,
    "pattern-too-long",
    "A pattern of {setting} is {length} characters long, more than the limit of {limit}: {pattern}",
    "Split it into several shorter patterns.",
)
PATTERN_TOO_MANY = ErrorMessage(
    UsageError,
    "pattern-too-many",
    "The braces of a pattern of {setting} expand to more than {limit} patterns: {pattern}",
    "Use * in place of braces, or split the pattern.",
)
PATTERN_OUTSIDE = ErrorMessage(
    UsageError,
    "pattern-outside",
    "The pattern {pattern} of {setting} begins outside the project, which is in {root}.",
    "Name each file that is outside the project, without wildcards.",
)
PATTERN_WITHOUT_MATCH = FindingMessage(
    "pattern-without-match",
    "No file matches {pattern} of {setting}.",
    "Correct {setting}: its patterns are relative to {root}.",
)
IGNORE_WITHOUT_MATCH = FindingMessage(
    "ignore-without-match",
    "{pattern} of pkg.ignore begins at the root of the file system and matches no file of the"
    " program.",
    "Write {relative} for files of the project.",
)
NOT_A_SCRIPT = FindingMessage(
    "not-a-script",
    "{pattern} of pkg.scripts names files that are no scripts and ship as data: {files}.",
    "Name them in pkg.assets.",
)
TWO_CONFIGURATIONS = FindingMessage(
    "two-configurations",
    "{path} is used; the `pkg` field of package.json is ignored.",
    "Keep one of the two.",
)
