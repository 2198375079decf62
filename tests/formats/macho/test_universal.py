"""Universal files for macOS, read by LIEF and macholib; the verifier refuses each damage."""

from __future__ import annotations

import io
from pathlib import Path

import lief
import pytest
from macholib.MachO import MachO

from sealift.errors import FormatError
from sealift.formats.macho.universal import plan_universal
from sealift.formats.pieces import Copy, Literal, Zeros
from sealift.verify import verify_universal
from support.macho_builder import X64, MachBuilder
from support.pe_builder import PeBuilder

ARM64 = MachBuilder().build()
INTEL = MachBuilder(X64).build()


def joined(*programs: bytes) -> bytes:
    out = b""
    for piece in plan_universal([io.BytesIO(program) for program in programs]).pieces:
        match piece:
            case Literal(data):
                out += data
            case Zeros(size):
                out += bytes(size)
            case Copy(offset, size, index):
                out += programs[index][offset : offset + size]
    return out


def verify(data: bytes, *programs: bytes) -> None:
    verify_universal(io.BytesIO(data), [io.BytesIO(program) for program in programs])


BOTH = joined(INTEL, ARM64)


def test_lief_and_macholib_find_both_programs(tmp_path: Path) -> None:
    verify(BOTH, INTEL, ARM64)
    fat = lief.MachO.parse(list(BOTH))
    assert [str(one.header.cpu_type).rpartition(".")[2] for one in fat] == ["X86_64", "ARM64"]
    assert [(one.fat_offset, one.original_size) for one in fat] == [
        (0x4000, len(INTEL)),
        (0x4000 + -(-len(INTEL) // 0x4000) * 0x4000, len(ARM64)),
    ]
    path = tmp_path / "universal"
    path.write_bytes(BOTH)
    read = MachO(str(path))
    assert [header.header.cputype for header in read.headers] == [0x01000007, 0x0100000C]
    for header, program in zip(read.headers, (INTEL, ARM64), strict=True):
        assert BOTH[header.offset : header.offset + header.size] == program


def test_each_byte_of_the_table_and_between_the_programs_matters() -> None:
    for at in (*range(48), 60, 0x3FFF, 0x4000, len(BOTH) - 1):
        damaged = bytearray(BOTH)
        damaged[at] ^= 1
        with pytest.raises(FormatError) as caught:
            verify(bytes(damaged), INTEL, ARM64)
        assert caught.value.code == "verification-failed"


@pytest.mark.parametrize("data", [BOTH[:-1], BOTH + b"\0", BOTH[:30], b""])
def test_other_lengths_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        verify(data, INTEL, ARM64)


def test_other_programs_are_refused() -> None:
    for programs in ((ARM64, INTEL), (INTEL,), (INTEL, ARM64, ARM64)):
        with pytest.raises(FormatError):
            verify(BOTH, *programs)


@pytest.mark.parametrize(
    "programs", [(ARM64, ARM64), (INTEL, PeBuilder().build()), (BOTH, ARM64), (ARM64, b"")]
)
def test_what_cannot_be_joined_is_refused(programs: tuple[bytes, ...]) -> None:
    with pytest.raises(FormatError):
        joined(*programs)


class Large(io.BytesIO):
    """A program that says that it has 4 GiB."""

    def seek(self, offset: int, whence: int = 0) -> int:
        return 1 << 32 if whence == io.SEEK_END else super().seek(offset, whence)


def test_more_than_4_gib_is_too_large() -> None:
    with pytest.raises(FormatError) as caught:
        plan_universal([Large(INTEL), io.BytesIO(ARM64)])
    assert caught.value.code == "executable-too-large"
