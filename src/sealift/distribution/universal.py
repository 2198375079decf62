"""Write a universal executable for macOS, and check it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import BinaryIO

from sealift.formats.macho.universal import plan_universal
from sealift.formats.pieces import Copy, Literal, Zeros
from sealift.target_build import TargetBuild
from sealift.tools.input_files import open_regular
from sealift.verify import verify_universal

_CHUNK = 1 << 20


def write_universal(file: BinaryIO, builds: Sequence[TargetBuild]) -> None:
    """Write one file with the executables of all builds, each as it is.

    Raises:
        FormatError: an executable is not for macOS any more, or the result is not right.
    """
    with ExitStack() as stack:
        programs = [stack.enter_context(open_regular(build.output)) for build in builds]
        for piece in plan_universal(programs).pieces:
            match piece:
                case Literal(data):
                    file.write(data)
                case Zeros(size):
                    file.write(bytes(size))
                case Copy(_, size, index):
                    programs[index].seek(0)
                    for start in range(0, size, _CHUNK):
                        file.write(programs[index].read(min(_CHUNK, size - start)))
        file.flush()
        verify_universal(file, programs)
