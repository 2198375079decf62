"""Errors of signing."""

from __future__ import annotations

from sealift.errors import ErrorMessage, OutputError, UsageError

LIBRARIES_MISSING = ErrorMessage(
    UsageError,
    "signing-libraries-missing",
    "Signing needs the Python packages cryptography and asn1crypto, and {name} is not installed.",
    "Install sealift with them: pip install 'sealift[sign]'.",
)
CERTIFICATE_UNREADABLE = ErrorMessage(
    UsageError,
    "certificate-unreadable",
    "The certificate {path} cannot be read: {reason}.",
    "Name a PKCS#12 file (.p12, .pfx), or a PEM file if --sign-command signs.",
)
PASSWORD_MISSING = ErrorMessage(
    UsageError,
    "certificate-password-missing",
    "The certificate {path} is encrypted, and its password is not given.",
    "Set the variable SEALIFT_SIGN_PASSWORD, or name a file that contains the password with"
    " --sign-password-file.",
)
PASSWORD_WRONG = ErrorMessage(
    UsageError,
    "certificate-password-wrong",
    "The password that {source} gives does not open the certificate {path}.",
    "Correct the password in {source}.",
)
PASSWORD_UNREADABLE = ErrorMessage(
    UsageError,
    "certificate-password-unreadable",
    "The password file {path} cannot be read: {reason}.",
    "Name a file whose first line is the password with --sign-password-file.",
)
CERTIFICATE_NOT_VALID = ErrorMessage(
    UsageError,
    "certificate-not-valid",
    "The certificate '{subject}' in {path} is valid from {start} to {end} only.",
    "Use a certificate that is valid now, or correct the clock of the host.",
)
CERTIFICATE_UNSUITABLE = ErrorMessage(
    UsageError,
    "certificate-unsuitable",
    "The certificate '{subject}' in {path} cannot sign programs: {reason}.",
    "Name a certificate for code signing, with an RSA or elliptic-curve key.",
)
COMMAND_MALFORMED = ErrorMessage(
    UsageError,
    "sign-command-malformed",
    "The command of --sign-command cannot be split into words: {reason}.",
    "Close every quote in the command.",
)
COMMAND_FAILED = ErrorMessage(
    OutputError,
    "sign-command-failed",
    "The program '{program}' of --sign-command did not sign the executable: {reason}.",
    "Run it with a digest of 32 bytes as its standard input, and correct what it reports.",
)
KEY_DIFFERS = ErrorMessage(
    UsageError,
    "signing-key-differs",
    "The key that {source} signs with does not belong to the certificate '{subject}' in {path}.",
    "Name the certificate of this key.",
)
TIMESTAMP_FAILED = ErrorMessage(
    OutputError,
    "timestamp-failed",
    "The time server {url} gave no usable timestamp: {reason}.",
    "Build again later, or name another server with --timestamp-url.",
)
