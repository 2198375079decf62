"""musl's source: the release's own tarball, pinned by its digest.

It is the file that ``SEALIFT_MUSL_SOURCE`` names (the tarball, or a directory that contains it), or
it comes from the cache, musl's site, or the Debian mirror that this host's apt uses: the
``.orig.tar.gz`` of Debian's source package is the same file.
"""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from sealift.cache import Store, digest_of, places, touch
from sealift.errors import ErrorMessage, ErrorType
from sealift.model import Observer
from sealift.musl import messages
from sealift.tools.http import Client, HttpError
from sealift.tools.subprocesses import CommandError, redact, run

VERSION = "1.2.5"
SHA256 = "a9a118bbe84d8764da0ea0d28b3ab3fae8477fc7e4085d90102b8596fc7c75e4"
NAMED_BY = "SEALIFT_MUSL_SOURCE"
_URL = f"https://musl.libc.org/releases/musl-{VERSION}.tar.gz"
_NAMES = (f"musl-{VERSION}.tar.gz", f"musl_{VERSION}.orig.tar.gz")
_IN_DEBIAN = f"pool/main/m/musl/musl_{VERSION}.orig.tar.gz"
_APT_HELPER = "/usr/lib/apt/apt-helper"
_APT_SECONDS = 300.0
_LARGEST = 8 << 20


class _UnavailableError(Exception):
    """The source cannot be fetched in this way; the text is the reason."""


def obtain_source(store: Store, offline: bool, observer: Observer) -> Path:
    """Return the path of the tarball, after checking its digest.

    Raises:
        NodeError: ``musl-missing``: it is not available; ``digest-mismatch``; or the cache is
            unusable.
        UsageError: ``musl-missing``: it is not where the user said.
    """
    if named := os.environ.get(NAMED_BY):
        return _named(Path(named).expanduser())
    directory = store.path(places.MUSL_SOURCE, f"musl-{VERSION}")
    tarball = directory / _NAMES[0]

    def complete() -> bool:
        return tarball.is_file() and digest_of(tarball) == SHA256

    if complete():
        touch(directory)
        return tarball
    if offline:
        raise _missing(messages.SOURCE_NOT_CACHED)
    observer.stage(f"fetching the source of musl {VERSION}")
    store.make(directory, f"musl {VERSION}", complete, _fetch, observer)
    return tarball


def unpack(tarball: Path, directory: Path) -> Path:
    """Unpack the regular files of the source, all that musl has, and return their directory.

    Raises:
        FormatError: ``musl-unknown``: a file would be outside of ``directory``.
    """
    with tarfile.open(tarball) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isreg() else None
            if content is None:
                continue
            parts = PurePosixPath(member.name).parts
            if ".." in parts or parts[0] == "/":
                raise messages.SOURCE_UNSAFE.error(member=member.name)
            path = directory.joinpath(*parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                shutil.copyfileobj(content, file)
    return directory / f"musl-{VERSION}"


def _named(path: Path) -> Path:
    files = [path] if path.is_file() else [path / name for name in _NAMES]
    for file in files:
        if file.is_file():
            _check(file, str(file))
            return file
    raise _missing(messages.SOURCE_NOT_THERE, path=path)


def _fetch(work: Path) -> None:
    content = work / "entry"
    content.mkdir()
    tarball = content / _NAMES[0]
    failures = []
    for way, fetch in _ways():
        try:
            fetch(tarball)
        except _UnavailableError as error:
            failures.append(f"{way}: {error}")
            tarball.unlink(missing_ok=True)
            continue
        _check(tarball, way)
        return
    raise _missing(messages.SOURCE_NOT_FETCHED, failures="; ".join(failures))


def _missing(message: ErrorMessage[ErrorType], **values: object) -> ErrorType:
    return message.error(version=VERSION, tarball=_NAMES[0], variable=NAMED_BY, **values)


def _ways() -> Iterator[tuple[str, Callable[[Path], None]]]:
    yield _URL, _from_musl
    if shutil.which("apt-get") and Path(_APT_HELPER).is_file():
        yield "the Debian mirror of this host's apt", _from_debian


def _from_musl(tarball: Path) -> None:
    try:
        with Client() as client:
            client.download(_URL, tarball, largest=_LARGEST)
    except HttpError as error:
        raise _UnavailableError(error.reason) from error


def _from_debian(tarball: Path) -> None:
    # apt's own client, with its mirrors and proxies; it needs no lists or privileges here.
    try:
        listed = run(
            ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"],
            seconds=_APT_SECONDS,
        )
        bases = [base for base in dict.fromkeys(listed.split()) if base.endswith("/debian/")]
        if not bases:
            raise _UnavailableError("apt names none")
        run(
            [_APT_HELPER, "download-file", bases[0] + _IN_DEBIAN, str(tarball)],
            seconds=_APT_SECONDS,
        )
    except CommandError as error:
        raise _UnavailableError(str(error)) from error


def _check(tarball: Path, origin: str) -> None:
    actual = digest_of(tarball)
    if actual != SHA256:
        raise messages.SOURCE_DIFFERS.error(
            origin=redact(origin),
            version=VERSION,
            actual=actual,
            expected=SHA256,
            variable=NAMED_BY,
        )
