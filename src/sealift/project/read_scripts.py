"""Scripts of the project that packages read as text; see `sealift.project.scan.script_readers`."""

from __future__ import annotations

import os

from sealift.errors import UsageError
from sealift.model import Reason, ReasonKind
from sealift.project.globs import matcher
from sealift.project.needs import Need
from sealift.project.trace import Trace


def mark_read(trace: Trace) -> None:
    """Note which packaged scripts packages read that the program has."""
    if not trace.scripts_read:
        return
    packages = {file.owner.name for file in trace.files.values()}
    own = [file for file in trace.files.values() if file.owner.is_app]
    for naming, scripts in trace.scripts_read:
        if scripts.package not in packages or not naming.owner.is_app:
            continue
        try:
            matches = matcher(
                trace.filesystem,
                os.path.dirname(naming.path),
                (scripts.glob,),
                scripts.package,
                in_directory=False,
            )
        except UsageError:  # a pattern that exceeds a limit
            continue
        certain = scripts.certain and naming.need is Need.REQUIRED
        reason = Reason(
            ReasonKind.PATTERN, naming.path, scripts.line, scripts.glob, certain, scripts.package
        )
        for file in own:
            if matches(file.path) and not (file.read is not None and file.read.certain):
                file.read = reason
