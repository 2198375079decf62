"""What Apple refuses in a signed executable and can be seen before it is sent."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

from sealift.errors import FormatError
from sealift.formats.executable_identity import identify
from sealift.formats.macho.entitlements import GET_TASK_ALLOW, without_debugging
from sealift.formats.macho.publisher_signature import entitlements_of
from sealift.notarization import messages
from sealift.target_messages import EXECUTABLE_UNREADABLE
from sealift.tools.file_part import file_parts
from sealift.tools.input_files import NotRegularError, open_regular
from sealift.verify import find_programs, publisher_signature


def require_notarizable(path: Path) -> None:
    """Raise UsageError unless an executable is for macOS and signed as Apple requires.

    Raises:
        UsageError: ``not-notarizable`` or ``executable-unreadable``.
        FormatError: its structure is damaged.
    """
    try:
        with io.BufferedReader(open_regular(path)) as file:
            for part in file_parts(file, find_programs(file)):
                if reason := _obstacle(part, path.name):
                    raise messages.NOT_NOTARIZABLE.error(path=path, reason=reason)
    except NotRegularError as error:
        raise EXECUTABLE_UNREADABLE.error(path=path, reason=error) from error
    except OSError as error:
        raise EXECUTABLE_UNREADABLE.error(path=path, reason=error.strerror) from error


def _obstacle(file: BinaryIO, name: str) -> str:
    try:
        container = identify(file, name).container
    except FormatError:
        return "it is not an executable"
    if container != "macho":
        return "it is not for macOS"
    signature = publisher_signature(file, container)
    if signature is None:
        return "no publisher has signed it"
    if not signature[1]:
        return "its signature has no timestamp"
    entitlements = entitlements_of(file)
    if without_debugging(entitlements) != entitlements:
        return f"it has the entitlement {GET_TASK_ALLOW}"
    return ""
