"""Damaged compact files: one sentence and exit code 1, or the program as it was; never a crash."""

from __future__ import annotations

import hashlib
import shutil
import struct
import sys
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rigs
from rigs import fronts
from rigs.capability import lacking
from rigs.machine import bare_environment, complete

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="missing: a host that runs the executable"
)

# The layout is written again here, from its description in `sealift.compact.layout`.
MAGIC = b"SEALIFT-COMPACT\x01"
TRAILER = 328
NOWHERE = "/dev/null/none"
Row = tuple[int, int, int, int]

# Many examples of one process each.
each = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def trailer(magic: bytes, digest: bytes, size: int, count: int, rows: Sequence[Row]) -> bytes:
    """Return a trailer whose checksum is right, whatever it says."""
    body = magic + digest + struct.pack("<2Q", size, count)
    body += b"".join(struct.pack("<4Q", *row) for row in rows).ljust(256, b"\0") + bytes(4)
    return body + struct.pack("<I", zlib.crc32(body))


def frame(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True, write_content_size=True).compress(content)


class Sample:
    """A small program behind the front, in two frames."""

    def __init__(self, folder: Path) -> None:
        try:
            front = fronts.front("x64")
        except rigs.RigError as error:
            lacking(str(error))
        found = shutil.which("true")
        program = Path(found).resolve() if found else None
        if program is None or program.name != "true":
            lacking("a program that only ends")
        self.front = front.path.read_bytes()
        self.program = program.read_bytes()
        self.file = folder / "app"
        self.whole = self.compact(self.program)

    def compact(self, program: bytes) -> bytes:
        """Return a sound compact file of a program, whatever that is."""
        half = len(program) // 2
        frames = [frame(program[:half]), frame(program[half:])]
        first = len(self.front)
        rows = [
            (first, len(frames[0]), half, 0),
            (first + len(frames[0]), len(frames[1]), len(program) - half, 0),
        ]
        digest = hashlib.sha256(program).digest()
        end = trailer(MAGIC, digest, len(program), 2, rows)
        return self.front + b"".join(frames) + end

    def run(self, content: bytes, home: Path | str = NOWHERE) -> rigs.Completed:
        self.file.unlink(missing_ok=True)
        self.file.write_bytes(content)
        self.file.chmod(0o755)
        env = bare_environment({"HOME": str(home), "TMPDIR": NOWHERE})
        return complete([self.file], cwd=None, env=env, timeout=60)

    def is_refused(self, content: bytes, home: Path | str = NOWHERE) -> bool:
        """Return True if a start says that the file is damaged; False if the program runs."""
        done = self.run(content, home)
        assert done.stdout == ""
        if (done.code, done.stderr) == (0, ""):
            return False
        sentence = f"sealift: {self.file} is damaged. Copy or download it again.\n"
        assert (done.code, done.stderr) == (1, sentence)
        return True


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    made = Sample(tmp_path_factory.mktemp("fuzz"))
    assert not made.is_refused(made.whole)
    return made


@each
@given(st.data())
def test_bytes_of_frames_and_trailer(sample: Sample, data: st.DataObject) -> None:
    content = bytearray(sample.whole)
    places = st.integers(len(sample.front), len(content) - 1)
    changed = data.draw(st.dictionaries(places, st.integers(1, 255), min_size=1, max_size=4))
    for place, bits in changed.items():
        content[place] ^= bits
    refused = sample.is_refused(bytes(content))
    assert refused or max(changed) < len(content) - TRAILER  # every bit of the trailer counts


@each
@given(st.data())
def test_lengths(sample: Sample, data: st.DataObject) -> None:
    content, front = sample.whole, len(sample.front)
    start, end = sorted(data.draw(st.tuples(*[st.integers(front, len(content))] * 2)))
    more = data.draw(st.binary(max_size=20))
    changed = content[:start] + more + content[end:]
    # Nothing but what is between the last frame and the trailer may be added.
    is_whole = changed.startswith(content[:-TRAILER]) and changed.endswith(content[-TRAILER:])
    assert sample.is_refused(changed) == (not is_whole)


NUMBER = st.integers(0, (1 << 64) - 1) | st.integers(0, 200_000)
ROW = st.tuples(NUMBER, NUMBER, NUMBER, st.integers(0, 3) | NUMBER)


@each
@given(st.binary(min_size=32, max_size=32), NUMBER, st.integers(0, 9) | NUMBER, st.data())
def test_any_numbers_with_a_right_checksum(
    sample: Sample, digest: bytes, size: int, count: int, data: st.DataObject
) -> None:
    rows = data.draw(st.lists(ROW, min_size=8, max_size=8))
    body = sample.whole[:-TRAILER]
    assert sample.is_refused(body + trailer(MAGIC, digest, size, count, rows))


@each
@given(st.integers(0, 7), st.integers(-3, 3), st.integers(0, 3))
def test_almost_right_numbers(sample: Sample, which: int, change: int, kind: int) -> None:
    end = sample.whole[-TRAILER:]
    numbers = [list(struct.unpack_from("<4Q", end, 64 + 32 * row)) for row in range(2)]
    flat = [number for row in numbers for number in row]
    is_filter = which % 4 == 3
    flat[which] = kind if is_filter else flat[which] + change
    rows = [(*flat[at : at + 4],) for at in (0, 4)]
    size = len(sample.program)
    changed = trailer(MAGIC, end[16:48], size, 2, rows)  # type: ignore[arg-type]
    if is_filter and kind:
        return  # the frame is sound, but what the filter makes of it is any program
    assert sample.is_refused(sample.whole[:-TRAILER] + changed) == (changed != end)


@pytest.mark.parametrize(
    ("magic", "digest", "count"),
    [(b"SEALIFT-COMPACT\x02", 0, 2), (bytes(16), 0, 2), (MAGIC, 0, 0), (MAGIC, 0, 9)],
)
def test_heads(sample: Sample, magic: bytes, digest: int, count: int) -> None:
    end = sample.whole[-TRAILER:]
    rows = [struct.unpack_from("<4Q", end, 64 + 32 * row) for row in range(8)]
    changed = trailer(magic, bytes([digest]) * 32, len(sample.program), count, rows)
    assert sample.is_refused(sample.whole[:-TRAILER] + changed)


# Programs that no kernel would start; offsets are those of the ELF header and of a program header.
HUGE = (1 << 64) - 1


def patched(program: bytes, form: str, offset: int, value: int) -> bytes:
    content = bytearray(program)
    struct.pack_into(form, content, offset, value)
    return bytes(content)


def of_segment(field: int, value: int) -> Callable[[bytes], bytes]:
    """Return a change of a 64-bit field in the program header of each loaded segment."""

    def change(program: bytes) -> bytes:
        start, size, count = struct.unpack_from("<Q14xHH", program, 32)
        for at in range(start, start + size * count, size):
            if struct.unpack_from("<I", program, at)[0] == 1:
                program = patched(program, "<Q", at + field, value)
        return program

    return change


PROGRAMS: dict[str, Callable[[bytes], bytes]] = {
    "a byte": lambda program: program[:1],
    "half a header": lambda program: program[:30],
    "a header alone": lambda program: program[:64],
    "zeros": lambda program: bytes(len(program)),
    "no magic": lambda program: patched(program, "<B", 0, 0),
    "32 bits": lambda program: patched(program, "<B", 4, 1),
    "another machine": lambda program: patched(program, "<H", 18, 183),
    "a relocatable file": lambda program: patched(program, "<H", 16, 1),
    "program headers outside": lambda program: patched(program, "<Q", 32, len(program)),
    "program headers far outside": lambda program: patched(program, "<Q", 32, HUGE - 8),
    "no program headers": lambda program: patched(program, "<H", 56, 0),
    "65 program headers": lambda program: patched(program, "<H", 56, 65),
    "small program headers": lambda program: patched(program, "<H", 54, 32),
    "segments outside": of_segment(8, 1 << 40),
    "segments far outside": of_segment(8, HUGE),
    "addresses at the end of memory": of_segment(16, HUGE),
    "more in the file than there is": of_segment(32, 1 << 40),
    "more in the file than in memory": of_segment(40, 0),
    "more than all memory": of_segment(40, HUGE),
    "half of it": lambda program: program[: len(program) // 2],
}


@pytest.mark.parametrize("place", ["memory", "cache"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_sound_frames_of_an_unsound_program(
    name: str, place: str, sample: Sample, tmp_path: Path
) -> None:
    home = NOWHERE if place == "memory" else tmp_path
    content = sample.compact(PROGRAMS[name](sample.program))
    assert sample.is_refused(content, home)
    assert sample.is_refused(content, home)
