"""Errors and findings of notarisation."""

from __future__ import annotations

from sealift.errors import ErrorMessage, OutputError, UsageError
from sealift.findings import FindingMessage

KEY_UNREADABLE = ErrorMessage(
    UsageError,
    "notary-key-unreadable",
    "The key {path} of App Store Connect cannot be read: {reason}.",
    "Name the .p8 file that App Store Connect gave for a team key, with --key or in"
    " SEALIFT_NOTARY_KEY.",
)
ACCESS_INCOMPLETE = ErrorMessage(
    UsageError,
    "notary-access-incomplete",
    "Apple's notary service needs {what}, and {option} is not given.",
    "Pass {option}, or set the variable {variable}; App Store Connect shows it under Users and"
    " Access, Integrations.",
)
ADDRESS_UNSAFE = ErrorMessage(
    UsageError,
    "notary-address-unsafe",
    "{url} is not an address that keys are sent to: it has no encryption.",
    "Use an address that begins with https:// in {variable}, or unset it.",
)
NOT_NOTARIZABLE = ErrorMessage(
    UsageError,
    "not-notarizable",
    "Apple would not notarise {path}: {reason}.",
    "Build it with --sign-macos and --timestamp-url http://timestamp.apple.com/ts01, and without"
    " com.apple.security.get-task-allow.",
)
ACCESS_REFUSED = ErrorMessage(
    UsageError,
    "notary-access-refused",
    "Apple's notary service refuses the key {key_id}: {reason}.",
    "Check the key, its identifier and the issuer in App Store Connect, and the host's clock"
    "; only team keys may notarise.",
)
AGREEMENT_MISSING = ErrorMessage(
    UsageError,
    "notary-not-permitted",
    "Apple's notary service does not permit it to the owner of the key {key_id}: {reason}.",
    "Ask the account's holder to accept the agreements on developer.apple.com, and give the key"
    " the role Developer.",
)
SUBMISSION_UNKNOWN = ErrorMessage(
    UsageError,
    "notary-submission-unknown",
    "Apple's notary service does not know the submission {submission}.",
    "Name a submission that the same team has sent, as `sealift notarize` printed it.",
)
SUBMISSION_MALFORMED = ErrorMessage(
    UsageError,
    "notary-submission-malformed",
    "{submission} is not the identifier of a submission.",
    "Write it as `sealift notarize` printed it, such as 2efe2717-52ef-43a5-96dc-0797e4ca1041.",
)
SERVICE_FAILED = ErrorMessage(
    OutputError,
    "notary-service-failed",
    "Apple's notary service did not {step}: {reason}.",
    "Run the command again later; https://developer.apple.com/system-status has the state of the"
    " service.",
)
UPLOAD_FAILED = ErrorMessage(
    OutputError,
    "notary-upload-failed",
    "The archive was not sent to {host}: {reason}.",
    "Run the command again; a firewall must allow this host, and the host's clock must be right.",
)
UNDECIDED = ErrorMessage(
    OutputError,
    "notary-undecided",
    "Apple's notary service has not decided about the submission {submission} within {minutes}"
    " minutes{reason}.",
    "Wait for it with `sealift notarize --submission {submission}`; nothing is sent again.",
)
REFUSED = ErrorMessage(
    OutputError,
    "notarization-refused",
    "Apple did not notarise the submission {submission}: {reason}.",
    "Correct what is listed above, build again, and run `sealift notarize` with the new files.",
)
ISSUE = FindingMessage(
    "notary-issue",
    "{where}: {text}",
    "{what}",
)
