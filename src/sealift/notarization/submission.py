"""One submission to Apple's notary service, from the archive to Apple's decision."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from sealift.errors import OutputError
from sealift.findings import Finding, Severity
from sealift.model import Observer, Unit
from sealift.notarization import messages
from sealift.notarization.archive import write_archive
from sealift.notarization.conditions import require_notarizable
from sealift.notarization.connect_key import read_key
from sealift.notarization.service import API, Issue, NotaryService, is_submission
from sealift.notarization.storage import STORAGE, upload
from sealift.signing import require_libraries
from sealift.tools.http import Client, HttpError
from sealift.tools.private_files import work_directory

_FIRST_PAUSE_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 30.0
_LONGEST_ANSWER_SECONDS = 60.0
_MOST_FAILURES = 5  # one after the other; each is three attempts
_IN_PROGRESS, _ACCEPTED = "In Progress", "Accepted"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_REMEDIES = {
    "get-task-allow": "Build without `debuggable` of pkg.macos, or remove the entitlement.",
    "timestamp": "Build with --timestamp-url http://timestamp.apple.com/ts01.",
    "hardened runtime": "Sign with --sign-macos, or with `codesign --options runtime`.",
    "developer id": "Sign with a Developer ID Application certificate and Apple's intermediate"
    " certificate.",
    "signature": "Sign the file again, and change nothing in it afterwards.",
    "not signed": "Sign it with --sign-macos, or leave it out.",
    "sdk": "Use a newer release of Node, or build the addon again.",
}
"""What to do about what Apple's log says, by a part of it."""


class NotaryOptions(Struct, frozen=True):
    """Access to Apple's notary service.

    Attributes:
        key: the file of a team key of App Store Connect (``.p8``).
        key_id: its identifier; "" if the file has the name ``AuthKey_ID.p8``.
        issuer: the identifier of the team's keys, a UUID.
        minutes: how long to wait for a decision; 0 for not at all.
        api: address of the service; "" for Apple's.
        storage: address of the storage, which may contain ``{bucket}``; "" for Apple's.
    """

    key: Path
    key_id: str = ""
    issuer: str = ""
    minutes: float = 60
    api: str = ""
    storage: str = ""


class Outcome(Struct, frozen=True):
    """What Apple decided.

    Attributes:
        submission: its identifier.
        status: ``Accepted``, ``Invalid`` or ``Rejected``; ``In Progress`` if it was not waited for.
        summary: what Apple says in general; "" for nothing.
        findings: what Apple found in the files; warnings if it accepted them.
    """

    submission: str
    status: str
    summary: str = ""
    findings: tuple[Finding, ...] = ()

    def check(self) -> None:
        """Raise OutputError ``notarization-refused`` if Apple has decided against it."""
        if self.status not in (_ACCEPTED, _IN_PROGRESS):
            reason = (self.summary or self.status).rstrip(".")
            raise messages.REFUSED.error(submission=self.submission, reason=reason)


def notarize(
    files: Sequence[Path],
    options: NotaryOptions,
    observer: Observer,
    sent: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Send signed executables for macOS to Apple, and wait for its decision.

    Args:
        sent: called with the submission's identifier when Apple has the files.

    Raises:
        FormatError: a file is damaged.
        OutputError: the service failed, or did not decide in time.
        UsageError: a file, the key or an address is not usable, or Apple refuses the key.
    """
    with _service(options) as service:
        for file in files:
            require_notarizable(file)
        with work_directory() as directory:
            observer.stage("Packing the files for Apple")
            archive = write_archive(files, directory)
            submission, place = service.create(archive)
            observer.stage(
                f"Sending {archive.size / 1e6:.1f} MB to Apple", archive.size, unit=Unit.BYTES
            )
            try:
                upload(archive.path, archive.size, archive.sha256, place, observer.advance)
            except HttpError as error:
                host = urlsplit(place.url).netloc
                reason = error.reason.rstrip(".")
                raise messages.UPLOAD_FAILED.error(host=host, reason=reason) from error
        sent(submission)
        return _outcome(service, submission, options.minutes, observer)


def follow(submission: str, options: NotaryOptions, observer: Observer) -> Outcome:
    """Wait for Apple's decision about an earlier submission.

    Raises:
        OutputError, UsageError: as `notarize`.
    """
    if not is_submission(submission):
        raise messages.SUBMISSION_MALFORMED.error(submission=submission)
    with _service(options) as service:
        return _outcome(service, submission, options.minutes, observer)


@contextmanager
def _service(options: NotaryOptions) -> Iterator[NotaryService]:
    require_libraries()
    key_id = options.key_id
    if not key_id and options.key.name.startswith("AuthKey_"):
        key_id = options.key.stem.removeprefix("AuthKey_")
    if not key_id:
        raise messages.ACCESS_INCOMPLETE.error(
            what="the identifier of the key", option="--key-id", variable="SEALIFT_NOTARY_KEY_ID"
        )
    if not options.issuer:
        raise messages.ACCESS_INCOMPLETE.error(
            what="the issuer of the key", option="--issuer", variable="SEALIFT_NOTARY_ISSUER"
        )
    api = _safe_address(options.api or API, "SEALIFT_NOTARY_URL")
    storage = _safe_address(options.storage or STORAGE, "SEALIFT_NOTARY_STORAGE_URL")
    key = read_key(options.key, key_id, options.issuer)
    try:
        client = Client(longest=_LONGEST_ANSWER_SECONDS)
    except HttpError as error:
        step, reason = "decide", error.reason.rstrip(".")
        raise messages.SERVICE_FAILED.error(step=step, reason=reason) from error
    with client:
        yield NotaryService(client, key, api, storage)


def _safe_address(url: str, variable: str) -> str:
    """Return an address without a slash at its end. Raise UsageError if it has no encryption."""
    try:
        parts = urlsplit(url)
        is_safe = parts.scheme == "https" or parts.hostname in _LOOPBACK
    except ValueError:
        is_safe = False
    if not is_safe:
        raise messages.ADDRESS_UNSAFE.error(url=url, variable=variable)
    return url.rstrip("/")


def _outcome(
    service: NotaryService, submission: str, minutes: float, observer: Observer
) -> Outcome:
    if not minutes:
        return Outcome(submission, _IN_PROGRESS)
    observer.stage(f"Waiting for Apple's decision about {submission}")
    status = _decision(service, submission, minutes)
    log = service.log(submission)
    severity = Severity.WARNING if status == _ACCEPTED else Severity.ERROR
    findings = tuple(_finding(issue, severity) for issue in log.issues or ())
    return Outcome(submission, status, log.status_summary or "", findings)


def _decision(service: NotaryService, submission: str, minutes: float) -> str:
    """Ask again and again until the service has decided."""
    end = time.monotonic() + minutes * 60
    pause, failures, reason = _FIRST_PAUSE_SECONDS, 0, ""
    while True:
        try:
            status, failures = service.status(submission), 0
            if status != _IN_PROGRESS:
                return status
        except OutputError as error:  # it may be better next time
            failures, reason = failures + 1, f": {error.message.rstrip('.')}"
        left = end - time.monotonic()
        if left <= 0 or failures >= _MOST_FAILURES:
            raise messages.UNDECIDED.error(
                submission=submission, minutes=f"{minutes:g}", reason=reason if failures else ""
            )
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)


def _finding(issue: Issue, severity: Severity) -> Finding:
    text = issue.message.rstrip(".") + "."
    where = issue.path or "the archive"
    if issue.architecture:
        where += f" ({issue.architecture})"
    what = next((one for word, one in _REMEDIES.items() if word in text.lower()), "")
    if issue.severity == "warning":
        severity = Severity.WARNING
    return messages.ISSUE.finding(severity, where=where, text=text, what=what)
