"""Scripts that the program's own function loads: ``require.extensions['.foo'] = ...``.

Node compiles a file with an unknown extension as JavaScript. Such a function reads it instead, and
translates it first, so that the source of the file is needed.
"""

from __future__ import annotations

from sealift.project.needs import Need
from sealift.project.roles import SCRIPT_EXTENSIONS, TYPESCRIPT_EXTENSIONS, extension_of
from sealift.project.trace import Trace
from sealift.record import replace


def mark_handled(trace: Trace) -> None:
    """Note that the program reads the scripts for whose extension it sets a function.

    A function for one of Node's own extensions may leave files to the function before it, so that
    is not certain; nothing is noted unless it reads files.
    """
    if not trace.handled:
        return
    for file in trace.files.values():
        reason = trace.handled.get(extension_of(file.path))
        if reason is None or not file.script or file.need is Need.INCLUDED:
            continue
        if extension_of(file.path) in (*SCRIPT_EXTENSIONS, *TYPESCRIPT_EXTENSIONS):
            if not reason.certain or not file.owner.is_app or file.path == reason.parent:
                continue
            reason = replace(reason, certain=False)
        elif file.need is not Need.REQUIRED:
            reason = replace(reason, certain=False)
        if file.read is None or (reason.certain and not file.read.certain):
            file.read = reason
