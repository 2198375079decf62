"""Every function of ``fs`` has the same outcome for packaged files as for files on a disk.

What is compared are results, errors with all their fields, and what stands on the disk afterwards.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import rigs
from runtime.fs.outcomes import Outcomes, differences, parse, report

Compare = Callable[[str], tuple[Outcomes, Outcomes]]

# The cases in which packaged files differ from a disk, and why.
PATHS: Mapping[str, str] = {
    r"^realpath(\.native)? .* (\./\./|dir/\.\./dir|x/x/)": "glibc's takes a path of any length",
}
COPYING: Mapping[str, str] = {
    r"^cp sync 3 link over ": "Node takes a dereferenced link for a directory in its native checks",
}
# Node 20 differs from newer releases; packaged files behave as in the newer ones.
NODE_20: Mapping[str, str] = {
    r"^FileHandle\.read ": "it reads from the start if the position is a bigint",
    r"^FileHandle\.readableWebStream$": "its chunks are not Uint8Arrays",
    r"^cp sync ": "some messages are others",
    r'^(readdir|opendir) .*"recursive":true': "another order, and calls back at once",
    r'^stat sync \[{"throwIfNoEntry":false}\] ': "it throws ENOTDIR all the same",
}
WRITING: Mapping[str, str] = {
    r"^rm sync ": "from 24 on Node gives no code for a read-only file system here",
    r"^mkdir -p .* (dir/missing|missing/x)$": "Node says ENOENT of what it cannot make",
}


@pytest.mark.parametrize(
    ("group", "least", "known"),
    [
        ("paths", 5000, PATHS),
        ("listing", 800, {}),
        ("descriptors", 400, {}),
        ("looks", 1000, {}),
        ("copying", 700, COPYING),
    ],
)
def test_same_as_on_a_disk(
    compare: Compare, release: str, group: str, least: int, known: Mapping[str, str]
) -> None:
    disk, packaged = compare(group)
    assert len(disk) > least
    accepted = {**known, **NODE_20} if release.startswith("20.") else known
    found = differences(disk, packaged, accepted)
    if found:
        # In a few cases Node's own outcome rarely depends on timing; real faults differ again.
        names = [case.partition("\n")[0] for case in found]
        again = differences(*compare(group), accepted)
        found = [case for case in again if case.partition("\n")[0] in names]
    assert not found, report(found)


def test_same_as_on_a_read_only_disk(
    read_only_disk: Callable[[str], Outcomes], packaged: Path, tmp_path: Path
) -> None:
    disk = read_only_disk("writing")
    assert disk["unlink sync [] file.txt"]["thrown"]["fields"][1] == ["code", "EROFS"]
    shutil.rmtree(tmp_path / "out")
    (tmp_path / "out").mkdir()
    outcomes = parse(rigs.linux_x64.run(packaged, "writing", cwd=tmp_path / "out"))
    assert len(outcomes) > 2500
    found = differences(disk, outcomes, WRITING)
    assert not found, report(found)


def test_nothing_packaged_can_be_changed(packaged: Path, tmp_path: Path) -> None:
    """Even where the outcome differs from a disk's, it must be an error."""
    outcomes = parse(rigs.linux_x64.run(packaged, "writing", cwd=tmp_path))
    harmless = re.compile(r"^mkdir -p|^rm \w+ .*force|^symlink .* to the package$|^rename .* into ")
    done = [
        name
        for name, outcome in outcomes.items()
        if not (isinstance(outcome, dict) and "thrown" in outcome) and not harmless.search(name)
    ]
    assert not done
    removed = {name: outcomes[name] for name in outcomes if name.startswith("rm sync [] ")}
    codes = {name: dict(outcome["thrown"]["fields"])["code"] for name, outcome in removed.items()}
    assert codes["rm sync [] file.txt"] == "EROFS"
    assert codes["rm sync [] dir"] == "ERR_FS_EISDIR"
    assert codes["rm sync [] missing"] == "ENOENT"
    for style in ("sync", "callback", "promise"):
        made = outcomes[f"mkdir -p {style} dir/missing"]["thrown"]["fields"]
        assert ["code", "EROFS"] in made
