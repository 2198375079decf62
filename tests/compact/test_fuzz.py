"""Damaged compact files: one sentence and exit code 1, or the program as it was; never a crash."""

from __future__ import annotations

import hashlib
import shutil
import struct
import sys
import tempfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import brotli
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import rigs
from compact.unwinding import FUNCTIONS, Function, tables
from rigs import fronts
from rigs.capability import lacking
from rigs.machine import bare_environment, complete
from sealift.compact.unwind_tables import filtered_tables
from sealift.errors import FormatError
from sealift.verify.compact_filters import undo_unwind

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="missing: a host that runs the executable"
)

# The layout is written again here, from its description in `sealift.compact.layout`.
MAGIC = b"SEALIFT-COMPACT\x02"
TRAILER = 328
NOWHERE = "/dev/null/none"
Row = tuple[int, int, int, int, int]
Frame = tuple[bytes, int, int]  # as it is stored, the size that it is said to become, its filter
UNWIND = 3

# Many examples of one process each.
each = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def trailer(magic: bytes, digest: bytes, size: int, count: int, rows: Sequence[Row]) -> bytes:
    """Return a trailer whose checksum is right, whatever it says."""
    body = magic + digest + struct.pack("<2Q", size, count)
    body += b"".join(struct.pack("<3Q2I", *row) for row in rows).ljust(256, b"\0") + bytes(4)
    return body + struct.pack("<I", zlib.crc32(body))


def frame(content: bytes) -> bytes:
    compressed = brotli.compress(content, quality=11, lgwin=24)  # with what all decoders must know
    assert isinstance(compressed, bytes)
    return compressed


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
        parts = (program[:half], program[half:])
        digest = hashlib.sha256(program).digest()
        return self.behind_the_front([(frame(part), len(part), 0) for part in parts], digest)

    def behind_the_front(self, frames: Sequence[Frame], digest: bytes = bytes(32)) -> bytes:
        """Return a compact file of these frames, with right checksums, whatever is in them."""
        rows: list[Row] = []
        content = self.front
        for stored, size, kind in frames:
            rows.append((len(content), len(stored), size, kind, zlib.crc32(stored)))
            content += stored
        size = sum(size for _, size, _ in frames)
        return content + trailer(MAGIC, digest, size, len(rows), rows)

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


# Starts a program whose clone() fails, as containers may make it.
WITHOUT_THREADS = """
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
rows = [(0x20, 0, 0, 0), (0x15, 0, 1, 56), (6, 0, 0, 0x50001), (6, 0, 0, 0x7FFF0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *row) for row in rows))
program = struct.pack("<H6xQ", len(rows), ctypes.addressof(code))
assert libc.prctl(38, 1, 0, 0, 0) == 0, "no new privileges"
assert libc.prctl(22, 2, program, 0, 0) == 0, "a filter of system calls"
try:
    os.fork()
except PermissionError:
    os.execv(sys.argv[1], sys.argv[1:])
"""


def test_without_threads(sample: Sample) -> None:
    assert not sample.is_refused(sample.whole)
    command = [sys.executable, "-c", WITHOUT_THREADS, sample.file]
    env = bare_environment({"HOME": NOWHERE, "TMPDIR": NOWHERE})
    done = complete(command, cwd=None, env=env, timeout=60)
    assert (done.code, done.stdout, done.stderr) == (0, "", "")


@each
@given(st.data())
def test_bytes_of_frames_and_trailer(sample: Sample, data: st.DataObject) -> None:
    content = bytearray(sample.whole)
    places = st.integers(len(sample.front), len(content) - 1)
    changed = data.draw(st.dictionaries(places, st.integers(1, 255), min_size=1, max_size=4))
    for place, bits in changed.items():
        content[place] ^= bits
    assert sample.is_refused(bytes(content))


@each
@given(st.data())
def test_bytes_of_a_frame_with_a_right_checksum(sample: Sample, data: st.DataObject) -> None:
    stored = bytearray(frame(sample.program))
    places = st.integers(0, len(stored) - 1)
    changed = data.draw(st.dictionaries(places, st.integers(1, 255), min_size=1, max_size=4))
    for place, bits in changed.items():
        stored[place] ^= bits
    try:
        content = brotli.decompress(bytes(stored))
    except brotli.error:
        content = b""
    # What has the right size may be any program.
    assume(len(content) != len(sample.program))
    assert sample.is_refused(sample.behind_the_front([(bytes(stored), len(sample.program), 0)]))


@each
@given(st.binary(max_size=300), st.integers(1, 1 << 32) | st.integers(1, 300))
def test_any_bytes_as_a_frame(sample: Sample, stored: bytes, size: int) -> None:
    assert sample.is_refused(sample.behind_the_front([(stored, size, 0)]))


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


def with_tables(sample: Sample, changed: bytes) -> bytes:
    """Return a compact file of the program with unwind tables behind it, which it never reads."""
    return sample.behind_the_front(
        [(frame(sample.program), len(sample.program), 0), (frame(changed), len(changed), UNWIND)]
    )


@settings(each, max_examples=40)
@given(FUNCTIONS)
def test_unwind_tables_are_made_again(sample: Sample, functions: list[Function]) -> None:
    whole = tables(functions)
    changed = filtered_tables(whole)
    assert changed is not None
    with tempfile.TemporaryDirectory() as home:
        assert not sample.is_refused(with_tables(sample, changed), home)
        (file,) = (Path(home) / ".cache" / "sealift" / "compact").iterdir()
        assert file.read_bytes() == sample.program + whole


@each
@given(FUNCTIONS, st.data())
def test_damaged_unwind_tables(
    sample: Sample, functions: list[Function], data: st.DataObject
) -> None:
    content = bytearray(filtered_tables(tables(functions)) or b"")
    places = st.integers(4, len(content) - 1)  # the first bytes mean nothing
    for place, value in data.draw(st.dictionaries(places, st.integers(0, 255), max_size=4)).items():
        content[place] = value
    del content[data.draw(places | st.just(len(content))) :]
    try:
        undo_unwind(bytes(content))
    except FormatError:
        assert sample.is_refused(with_tables(sample, bytes(content)))
    else:
        assert not sample.is_refused(with_tables(sample, bytes(content)))


NUMBER = st.integers(0, (1 << 64) - 1) | st.integers(0, 200_000)
SHORT = st.integers(0, (1 << 32) - 1)
ROW = st.tuples(NUMBER, NUMBER, NUMBER, st.integers(0, 4) | SHORT, SHORT)


@each
@given(st.binary(min_size=32, max_size=32), NUMBER, st.integers(0, 9) | NUMBER, st.data())
def test_any_numbers_with_a_right_checksum(
    sample: Sample, digest: bytes, size: int, count: int, data: st.DataObject
) -> None:
    rows = data.draw(st.lists(ROW, min_size=8, max_size=8))
    body = sample.whole[:-TRAILER]
    assert sample.is_refused(body + trailer(MAGIC, digest, size, count, rows))


@each
@given(st.integers(0, 9), st.integers(-3, 3), st.integers(0, 2))
def test_almost_right_numbers(sample: Sample, which: int, change: int, kind: int) -> None:
    end = sample.whole[-TRAILER:]
    numbers = [list(struct.unpack_from("<3Q2I", end, 64 + 32 * row)) for row in range(2)]
    flat = [number for row in numbers for number in row]
    is_filter = which % 5 == 3
    flat[which] = kind if is_filter else flat[which] + change
    flat[4], flat[9] = flat[4] & 0xFFFFFFFF, flat[9] & 0xFFFFFFFF
    rows = [(*flat[at : at + 5],) for at in (0, 5)]
    size = len(sample.program)
    changed = trailer(MAGIC, end[16:48], size, 2, rows)  # type: ignore[arg-type]
    if is_filter and kind:
        return  # the frame is sound, but what the filter makes of it is any program
    assert sample.is_refused(sample.whole[:-TRAILER] + changed) == (changed != end)


@pytest.mark.parametrize(
    ("magic", "digest", "count"),
    [(b"SEALIFT-COMPACT\x01", 0, 2), (bytes(16), 0, 2), (MAGIC, 0, 0), (MAGIC, 0, 9)],
)
def test_heads(sample: Sample, magic: bytes, digest: int, count: int) -> None:
    end = sample.whole[-TRAILER:]
    rows = [struct.unpack_from("<3Q2I", end, 64 + 32 * row) for row in range(8)]
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
