"""Prove that bytecode can be relocated for a Node release, before sealift relies on it.

Compiles a corpus by the release's Node for the host and by its Node for the target, natively or
emulated, relocates the former's caches and compares them with the latter's byte for byte::

    PYTHONPATH=tests:src python tests/gate/release_gate.py --source NODE --target NODE \\
        --machine linux-arm64 --corpus DIRECTORY [--limit FILES]

A new release passes if no file is refused and every difference is explained. ``--command`` names
an emulator that the rigs do not have, such as ``arch -x86_64``.
"""

from __future__ import annotations

import argparse
import collections
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from rigs import Machine, linux_x64, machines
from rigs.machine import Completed, bare_environment, complete
from sealift.bytecode.relocate import RelocationTable, make_relocation_table, relocate
from sealift.errors import FormatError
from sealift.formats.v8.code_cache import find_references
from sealift.formats.v8.facts import read_v8_facts
from support.bytecode_compilation import compile_on, explain

SUFFIXES = {".js", ".cjs", ".mjs"}
BATCH = 250


class Command:
    """A machine on which the user's command starts programs."""

    platform = arch = ""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words

    def set_up(self) -> None:
        """Do nothing: the user sets it up."""

    def missing(self) -> str:
        """Return "": what is missing is not known beforehand."""
        return ""

    def run(
        self,
        executable: Path,
        *args: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 3600,
    ) -> Completed:
        """Run it with the command."""
        command = [*self._words, executable, *args]
        return complete(command, cwd=cwd, env=bare_environment(env), timeout=timeout)


class Tally:
    """The outcomes of the corpus so far."""

    def __init__(self) -> None:
        self.outcomes: collections.Counter[str] = collections.Counter()
        self.bytes = self.references = 0
        self.find_seconds = self.relocate_seconds = 0.0

    def failed(self) -> bool:
        """Return True if anything is unexplained, or nothing was compared."""
        same = {"identical", "identical when normalised"}
        good = {*same, "varies on the source too", "does not compile"}
        return not same & self.outcomes.keys() or not self.outcomes.keys() <= good

    def compare(self, cache: bytes, native: bytes, table: RelocationTable) -> str:
        """Relocate one cache; return an explanation of how it differs from the native one."""
        began = time.perf_counter()
        known = find_references(cache)
        found = time.perf_counter()
        relocated = relocate(cache, known, table)
        self.relocate_seconds += time.perf_counter() - found
        self.find_seconds += found - began
        self.bytes += len(cache)
        self.references += len(known.positions)
        return explain(relocated, native)


def batches(corpus: Path, limit: int) -> Iterator[Mapping[str, Path]]:
    """Yield the corpus's files, some at a time, by their names in it."""
    files = (
        path
        for path in sorted(corpus.rglob("*"))
        if path.suffix in SUFFIXES and path.is_file() and not path.is_symlink()
    )
    chosen = islice(files, limit)
    while batch := list(islice(chosen, BATCH)):
        yield {path.relative_to(corpus).as_posix(): path for path in batch}


def check_batch(
    batch: Mapping[str, Path],
    nodes: tuple[Path, Path],
    machine: Machine,
    table: RelocationTable,
    tally: Tally,
) -> None:
    """Compile a batch on both sides, compare, and print what differs."""
    source, target = nodes
    with tempfile.TemporaryDirectory() as name:
        ours = compile_on(linux_x64, source, batch, Path(name) / "source")
        native = compile_on(machine, target, batch, Path(name) / "target")
        again: Mapping[str, bytes] = {}
        for path in batch:
            if path not in ours or path not in native:
                both = path not in ours and path not in native
                outcome = "does not compile" if both else "compiles on one side only"
            else:
                try:
                    difference = tally.compare(ours[path], native[path], table)
                except FormatError as error:
                    difference = f"{error.code}: {error.message}"
                outcome = {"": "identical", "numbers": "identical when normalised"}.get(
                    difference, ""
                )
                if not outcome:
                    again = again or compile_on(linux_x64, source, batch, Path(name) / "again")
                    varies = again[path] != ours[path]
                    outcome = "varies on the source too" if varies else "unexplained"
                    print(f"{path}: {outcome}: {difference}", flush=True)
            tally.outcomes[outcome] += 1


def main() -> int:
    """Run the gate; return 0 if the release passes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--source", type=Path, required=True, help="Node for this machine")
    parser.add_argument("--target", type=Path, required=True, help="Node for the target")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--machine", choices=list(machines()))
    where.add_argument("--command", type=shlex.split, help="what starts the target's programs")
    parser.add_argument("--corpus", type=Path, required=True, help="directory of JavaScript")
    parser.add_argument("--limit", type=int, default=10_000, help="most files to compare")
    chosen = parser.parse_args()
    machine: Machine = machines()[chosen.machine] if chosen.machine else Command(chosen.command)
    if missing := machine.missing():
        parser.error(f"missing: {missing}")
    source, target = read_v8_facts(chosen.source), read_v8_facts(chosen.target)
    table = make_relocation_table(source, target)
    print(
        f"V8 {source.v8_version}, format {source.magic:#010x}: {len(table.target_places)} strings"
        f" have a place in the target, {len(table.refused)} do not; {table.read_only_roots}"
        f" read-only roots and {len(table.mutable_roots)} of"
        f" {len(source.mutable_roots)} mutable ones are alike"
    )
    tally = Tally()
    for batch in batches(chosen.corpus, chosen.limit):
        check_batch(batch, (chosen.source, chosen.target), machine, table, tally)
    megabytes = tally.bytes / 1e6
    print(f"{megabytes:.1f} MB of caches with {tally.references} references")
    seconds = f"{tally.find_seconds:.2f} s, relocated in {tally.relocate_seconds:.2f} s"
    print(f"references found in {seconds}")
    for outcome, count in tally.outcomes.most_common():
        print(f"{count:6} {outcome}")
    print("FAILED" if tally.failed() else "passed")
    return int(tally.failed())


if __name__ == "__main__":
    sys.exit(main())
