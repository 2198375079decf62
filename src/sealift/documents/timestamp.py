"""The time that documents name: the one that the caller fixes, or none.

Source: https://reproducible-builds.org/specs/source-date-epoch/.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from sealift.documents import messages

_VARIABLE = "SOURCE_DATE_EPOCH"


def fixed_time() -> datetime | None:
    """Return the time in ``SOURCE_DATE_EPOCH``; None if it is not set.

    Raises:
        UsageError: ``source-date-epoch-malformed``.
    """
    text = os.environ.get(_VARIABLE, "")
    if not text:
        return None
    try:
        if not (text.isascii() and text.isdigit()):
            raise ValueError(text)
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise messages.EPOCH_MALFORMED.error(value=text[:40]) from error
