"""Apple's notary service: its requests and answers.

Source: Apple's "Notary API" 2.0. Answers are JSON that may have more fields than are read here.
"""

from __future__ import annotations

import json
import re
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from sealift.errors import SealiftError
from sealift.notarization import messages
from sealift.notarization.archive import Archive
from sealift.notarization.connect_key import ConnectKey
from sealift.notarization.storage import Place, object_url
from sealift.tools.http import Client, HttpError

API = "https://appstoreconnect.apple.com/notary/v2"
_SUBMISSION = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_HEADER = re.compile(r"[!-~]+")
_LARGEST = 1 << 20
_LARGEST_LOG = 16 << 20
_LONGEST = 300
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404
Answer = TypeVar("Answer")


class _Storage(msgspec.Struct, rename="camel"):
    aws_access_key_id: str
    aws_secret_access_key: str
    aws_session_token: str
    bucket: str
    object: str


class _Created(msgspec.Struct):
    id: str
    attributes: _Storage


class _CreatedAnswer(msgspec.Struct):
    data: _Created


class _State(msgspec.Struct):
    status: Literal["In Progress", "Accepted", "Invalid", "Rejected"]


class _StateData(msgspec.Struct):
    attributes: _State


class _StateAnswer(msgspec.Struct):
    data: _StateData


class _LogPlace(msgspec.Struct, rename={"url": "developerLogUrl"}):
    url: str


class _LogData(msgspec.Struct):
    attributes: _LogPlace


class _LogAnswer(msgspec.Struct):
    data: _LogData


class Issue(msgspec.Struct, frozen=True):
    """One thing that Apple found; fields are null where Apple has nothing to say."""

    message: str
    severity: str | None = None
    path: str | None = None
    architecture: str | None = None


class Log(msgspec.Struct, frozen=True, rename="camel"):
    """What Apple found in a submission."""

    status_summary: str | None = None
    issues: tuple[Issue, ...] | None = None


class _Problem(msgspec.Struct):
    title: str = ""
    detail: str = ""


class _Problems(msgspec.Struct):
    errors: tuple[_Problem, ...] = ()


class NotaryService(Struct, frozen=True):
    """The service, asked with a key.

    Attributes:
        api: its address.
        storage: address of the storage that it gives; may contain ``{bucket}``.
    """

    client: Client
    key: ConnectKey
    api: str
    storage: str

    def create(self, archive: Archive) -> tuple[str, Place]:
        """Announce an archive; return the submission's identifier, and where to send it.

        Raises:
            OutputError, UsageError: the service failed, or refuses the key.
        """
        step = "accept a submission"
        body = {"submissionName": archive.name, "sha256": archive.sha256}
        answer = self._ask("POST", "/submissions", step, _CreatedAnswer, json.dumps(body).encode())
        created, storage = answer.data, answer.data.attributes
        secrets = (storage.aws_access_key_id, storage.aws_secret_access_key)
        if (
            not _SUBMISSION.fullmatch(created.id)
            or not _BUCKET.fullmatch(storage.bucket)
            or not all(_HEADER.fullmatch(one) for one in (*secrets, storage.aws_session_token))
            or not storage.object.strip("/")
        ):
            raise _malformed(step)
        url = object_url(self.storage, storage.bucket, storage.object)
        return created.id, Place(url, *secrets, storage.aws_session_token)

    def status(self, submission: str) -> str:
        """Return what the service has decided: ``Accepted``, or ``In Progress``.

        Raises:
            OutputError, UsageError: as `create`.
        """
        path = f"/submissions/{submission}"
        return self._ask("GET", path, "say what it decided", _StateAnswer).data.attributes.status

    def log(self, submission: str) -> Log:
        """Return what the service found.

        Raises:
            OutputError, UsageError: as `create`.
        """
        step = "show its log"
        url = self._ask("GET", f"/submissions/{submission}/logs", step, _LogAnswer).data
        address = url.attributes.url
        if self.api.startswith("https:") and not address.startswith("https:"):
            raise _malformed(step)
        try:
            return _decoded(self.client.read(address, largest=_LARGEST_LOG), step, Log)
        except HttpError as error:
            raise _failed(step, error.reason) from error

    def _ask(
        self, method: str, path: str, step: str, kind: type[Answer], body: bytes | None = None
    ) -> Answer:
        headers = {"Authorization": f"Bearer {self.key.token()}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            answer = self.client.send(
                method, self.api + path, headers, lambda: body or b"", largest=_LARGEST
            )
        except HttpError as error:
            raise self._refusal(step, path, error) from error
        return _decoded(answer, step, kind)

    def _refusal(self, step: str, path: str, error: HttpError) -> SealiftError:
        reason = _reason(error)
        if error.status == _UNAUTHORIZED:
            return messages.ACCESS_REFUSED.error(key_id=self.key.key_id, reason=reason)
        if error.status == _FORBIDDEN:
            return messages.AGREEMENT_MISSING.error(key_id=self.key.key_id, reason=reason)
        if error.status == _NOT_FOUND and path.count("/") > 1:
            return messages.SUBMISSION_UNKNOWN.error(submission=path.split("/")[2])
        return _failed(step, reason)


def is_submission(text: str) -> bool:
    """Return True if a text has the form of a submission's identifier."""
    return bool(_SUBMISSION.fullmatch(text))


def _decoded(answer: bytes, step: str, kind: type[Answer]) -> Answer:
    try:
        return msgspec.json.decode(answer, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _malformed(step) from error


def _reason(error: HttpError) -> str:
    """Return what the service says about a refusal, or the number of its answer."""
    try:
        found = msgspec.json.decode(error.answer, type=_Problems).errors
    except (msgspec.DecodeError, RecursionError):
        found = ()
    for problem in found:
        if text := " ".join((problem.detail or problem.title).split()).rstrip("."):
            return text[:_LONGEST]
    return error.reason.rstrip(".")


def _failed(step: str, reason: str) -> SealiftError:
    return messages.SERVICE_FAILED.error(step=step, reason=reason)


def _malformed(step: str) -> SealiftError:
    return _failed(step, "its answer is malformed")
