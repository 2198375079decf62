"""Open a finished executable, wherever it is, for `sealift verify`, `inspect` and `size`."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sealift.target_messages import EXECUTABLE_UNREADABLE
from sealift.tools.input_files import NotRegularError, open_regular

if TYPE_CHECKING:
    from sealift.formats.executable_identity import Identity
    from sealift.payload import OpenedPayload


@contextmanager
def opened_executable(path: Path) -> Iterator[tuple[BinaryIO, Identity, OpenedPayload]]:
    """Yield an executable's open file, what it is for, and its payload.

    Its structure and tables are checked; the contents of its files are not.

    Raises:
        FormatError: it is damaged, or sealift did not build it.
        UsageError: ``executable-unreadable``.
    """
    # Imported here, so that `import sealift` stays quick.
    from sealift.formats.executable_identity import identify
    from sealift.payload import PayloadPlaces, open_payload
    from sealift.verify import verify_alone

    try:
        with io.BufferedReader(open_regular(path)) as file:
            identity = identify(file, path.name)
            blob = verify_alone(file, identity.container, identity.machine)
            places = PayloadPlaces(blob.assets, blob.main, blob.exec_argv)
            yield file, identity, open_payload(file, places)
    except NotRegularError as error:
        raise EXECUTABLE_UNREADABLE.error(path=path, reason=error) from error
    except OSError as error:
        raise EXECUTABLE_UNREADABLE.error(path=path, reason=error.strerror) from error
