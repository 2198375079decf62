"""Read the sources of the scripts that are compiled."""

from __future__ import annotations

import os

from sealift.bytecode import messages
from sealift.model import ProjectFile
from sealift.tools.input_files import NotRegularError, open_real, open_regular


def read_source(file: ProjectFile) -> bytes:
    """Return the source of a script, which must be unchanged since the project was read.

    Raises:
        ProjectError: it has changed, or cannot be read.
    """
    opened = open_real if file.replacement is None else open_regular
    try:
        with opened(file.content) as stream:
            source = stream.readall()
            status = os.fstat(stream.fileno())
    except OSError as error:
        raise messages.FILE_UNREADABLE.error(file=file.source, reason=error.strerror) from error
    except NotRegularError as error:
        raise messages.FILE_CHANGED.error(file=file.source) from error
    if (len(source), status.st_mtime_ns) != (file.size, file.mtime_ns):
        raise messages.FILE_CHANGED.error(file=file.source)
    return source
