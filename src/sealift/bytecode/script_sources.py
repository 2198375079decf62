"""Read the sources of the scripts that are compiled."""

from __future__ import annotations

import os

from sealift.bytecode import messages
from sealift.model import ProjectFile
from sealift.tools.input_files import NotRegularError, RealFiles, open_regular


def read_source(file: ProjectFile, real: RealFiles) -> bytes:
    """Return the source of a script, which must be unchanged since the project was read.

    ``real``: reads it, unless this build has made it.

    Raises:
        ProjectError: it has changed, or cannot be read.
    """
    try:
        if file.replacement is None:
            source, status = real.read(file.source, file.size)
        else:
            with open_regular(file.replacement) as stream:
                source = stream.readall()
                status = os.fstat(stream.fileno())
    except OSError as error:
        raise messages.FILE_UNREADABLE.error(file=file.source, reason=error.strerror) from error
    except NotRegularError as error:
        raise messages.FILE_CHANGED.error(file=file.source) from error
    sizes = len(source), status.st_size
    if sizes != (file.size, file.size) or status.st_mtime_ns != file.mtime_ns:
        raise messages.FILE_CHANGED.error(file=file.source)
    return source
