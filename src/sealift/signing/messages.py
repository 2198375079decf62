"""Errors of signing."""

from __future__ import annotations

from sealift.errors import ErrorMessage, OutputError, UsageError

TOKEN_LIBRARY_MISSING = ErrorMessage(
    UsageError,
    "token-library-missing",
    "A key on a token needs the Python package python-pkcs11, which is not installed.",
    "Install sealift with it: pip install 'sealift[sign-pkcs11]'.",
)
TOKEN_ADDRESS_MALFORMED = ErrorMessage(
    UsageError,
    "token-address-malformed",
    "--sign-key is not the address of a key that sealift understands: {reason}.",
    "Write it like pkcs11:token=Acme;object=signing?module-path=/usr/lib/softhsm/libsofthsm2.so.",
)
TOKEN_MODULE_UNUSABLE = ErrorMessage(
    UsageError,
    "token-module-unusable",
    "The PKCS#11 module {path} cannot be used: {reason}.",
    "Name the library that came with the token, in module-path of --sign-key or in"
    " SEALIFT_PKCS11_MODULE.",
)
TOKEN_KEY_ABSENT = ErrorMessage(
    UsageError,
    "token-key-absent",
    "The PKCS#11 module {path} does not have the key of --sign-key: {reason}.",
    "Correct token, serial, object and id; `pkcs11-tool --list-objects` of OpenSC shows them.",
)
TOKEN_PIN_REFUSED = ErrorMessage(
    UsageError,
    "token-pin-refused",
    "The token {token} does not accept the PIN that {source} gives: {reason}.",
    "Set {source} to the PIN of the token's user; a token is locked after a few wrong ones.",
)
TOKEN_FAILED = ErrorMessage(
    OutputError,
    "token-failed",
    "The token {token} did not sign the executable: {reason}.",
    "Check that the token is there and that its key may sign.",
)
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
    "Name a PKCS#12 file (.p12, .pfx), or a PEM file if --sign-command or --sign-key signs.",
)
PASSWORD_MISSING = ErrorMessage(
    UsageError,
    "certificate-password-missing",
    "The certificate {path} is encrypted, and its password is not given.",
    "Set the variable {source}, or name a file that contains the password with"
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
TIMESTAMP_ADDRESS_MALFORMED = ErrorMessage(
    UsageError,
    "timestamp-address-malformed",
    "{url} is not the address of a time server.",
    "Write it like --timestamp-url http://timestamp.example.com.",
)
TIMESTAMP_FAILED = ErrorMessage(
    OutputError,
    "timestamp-failed",
    "The time server {url} gave no usable timestamp: {reason}.",
    "Build again later, or name another server with --timestamp-url.",
)
