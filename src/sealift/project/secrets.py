"""Files of a project that commonly hold secrets: passwords, tokens, private keys.

They are packaged only if the settings name them exactly. Published packages have none: everybody
can read their files. Where a name also stands for public files (``ca.pem``), the content decides.
"""

from __future__ import annotations

import os
import re

from sealift.project.filesystem import FileSystem
from sealift.project.project_extent import contains, is_installed
from sealift.tools.input_files import NotRegularError

_FILE = re.compile(
    r"""
    \.env(?:\.(?!(?:example|sample|template|defaults)$).*)?
    | \.npmrc | \.pypirc | [._]netrc | \.git-credentials | \.dockercfg | \.pgpass | \.htpasswd
    | id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)? | .*\.(?:p12|pfx|ppk)
    """,
    re.VERBOSE,
)
_DIRECTORIES = frozenset({".git", ".docker", ".aws", ".ssh", ".gnupg", ".kube", ".azure"})
_MAY_BE_KEY = (".pem", ".key", ".p8")
_PRIVATE_KEY = b"PRIVATE KEY-----"
_LARGEST_KEY = 1 << 20
"""Bytes of a file in which a private key is searched for."""


def is_secret_name(name: str) -> bool:
    """Return True if a file of this name commonly holds secrets, whatever its content."""
    return _FILE.fullmatch(name.lower()) is not None


def is_secret(filesystem: FileSystem, path: str, top: str) -> bool:
    """Return True if the file at ``path`` commonly holds secrets and is not published.

    ``top``: the directory of the project; the directories around it say nothing.
    """
    if is_installed(path):
        return False
    below = path[len(top) :] if contains(top, path) else path
    *directories, name = below.lower().split(os.sep)
    if is_secret_name(name) or not _DIRECTORIES.isdisjoint(directories):
        return True
    return name.endswith(_MAY_BE_KEY) and _holds_private_key(filesystem, path)


def _holds_private_key(filesystem: FileSystem, path: str) -> bool:
    try:
        with filesystem.open_real(path) as stream:
            return _PRIVATE_KEY in stream.read(_LARGEST_KEY)
    except (OSError, NotRegularError):
        return False  # reported when the file is read
