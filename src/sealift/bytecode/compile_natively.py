"""Let a target's own Node compile what cannot be relocated to it, if the host can run that Node."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sealift.bytecode.compile import Compilation, compile_scripts
from sealift.bytecode.emulators import Machine, find_emulator
from sealift.bytecode.messages import EMULATOR_FAILED
from sealift.errors import NodeError
from sealift.model import CodeForm, NodeBinary, Observer, Project, ProjectFile
from sealift.record import replace


def compile_natively(
    project: Project,
    target: NodeBinary,
    files: Sequence[ProjectFile],
    wrapper: bytes,
    cache: Path,
    work: Path,
    *,
    host: Machine,
    form: CodeForm,
    observer: Observer,
) -> Compilation | None:
    """Compile files of a project with the target's Node; return None if the host cannot run it.

    Args:
        project: the project as it was read.
        target: the binary that compiles, and that will run the scripts.
        files: the files to compile.
        wrapper: text of the runtime's ``bytecode/wrapper.js``.
        cache: directory of compiled scripts.
        work: private, temporary directory; it is made.
        host: platform and architecture of the host.
        form: decides whether a script that does not compile is an error.
        observer: notified of each script.

    Raises:
        NodeError: the emulator does not run the binary.
        ProjectError, OSError: as `compile_scripts`.
    """
    emulator = find_emulator((target.platform, target.arch), host)
    if emulator is None:
        return None
    work.mkdir()
    try:
        return compile_scripts(
            project,
            target,
            wrapper,
            cache,
            work,
            form=form,
            observer=observer,
            emulator=emulator,
            only=files,
        )
    except NodeError as error:
        # The cause keeps its code: `compiler-failed` or `compiler-stuck`.
        raise replace(EMULATOR_FAILED, code=error.code).error(
            emulator=emulator.name, problem=error.message, remedy=error.remedy
        ) from error
