"""Any text: each reader answers or raises a SealiftError, at a cost linear in its length."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.errors import SealiftError
from sealift.lockfiles import Lockfile
from sealift.lockfiles.open_lockfile import read_lockfile
from support.lockfile_samples import FORMATS, OnDisk

NAMES = {"npm": "package-lock.json", "pnpm": "pnpm-lock.yaml", "yarn": "yarn.lock"}
PARENT = OnDisk(Path("/app/node_modules/a"), "a", "1.2.3")

# What the notations consist of, so that more than the first line is reached.
PIECES = st.sampled_from(
    [
        *("\n", "  ", "    ", ": ", ":", "- ", "? ", "[", "]", "{", "}", ", ", "&x ", "*x"),
        *("'", '"'),
        *("#", "|-", ">", "---\n", "!!str ", "\\", "\t", "<<: *x", "a@1.2.3", "a", "version", "\r"),
        *("packages:\n", "snapshots:\n", "lockfileVersion: '9.0'\n", "__metadata:\n", "1.2.3"),
        *('"packages": {', '"node_modules/a": ', '{"version": "1.2.3"}', "null", "1", "\ud800"),
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(PIECES).map("".join))


def read(kind: str, text: str) -> Lockfile:
    return read_lockfile(Path("/app", NAMES[kind]), text.encode("utf-8", "surrogatepass"))


def ask(kind: str, text: str) -> None:
    """Read a lockfile and ask it everything, unless it is refused."""
    try:
        lockfile = read(kind, text)
    except SealiftError as error:
        assert error.remedy
        return
    version = lockfile.version_of(PARENT)
    assert version is None or isinstance(version, str)
    for name, spec in (("a-win", "1.2.3"), ("a", "^1.0.0"), ("x", "npm:a@1.2.3")):
        found = lockfile.dependency(PARENT, name, spec)
        if found is not None:
            f"{found.label}{found.integrity}".encode()  # can be written and hashed
            lockfile.dependency(found, name, spec)


@pytest.mark.parametrize("kind", NAMES)
@given(text=TEXTS)
def test_any_text(kind: str, text: str) -> None:
    ask(kind, text)


@pytest.mark.parametrize("kind", FORMATS)
@given(data=st.data())
def test_a_changed_lockfile(kind: str, data: st.DataObject) -> None:
    """A real lockfile with something replaced is answered or refused."""
    whole = FORMATS[kind][1]
    at = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(at, min(len(whole), at + 20)))
    ask(kind.partition("-")[0], whole[:at] + data.draw(TEXTS) + whole[end:])


# Each makes a text with n parts: plain lockfiles, and texts that are costly for a naive reader.
GROWING: dict[str, tuple[str, Callable[[int], str]]] = {
    "npm": (
        "npm",
        lambda n: '{"packages": {'
        + ",".join(f'"node_modules/p{i}": {{"version": "1.0.{i}"}}' for i in range(n))
        + "}}",
    ),
    "npm, one name": (
        "npm",
        lambda n: '{"packages": {'
        + ",".join(f'"{"node_modules/a/" * (i % 9)}{i}": {{}}' for i in range(n))
        + "}}",
    ),
    "npm, open strings": ("npm", lambda n: '"' + '\\"' * n),
    "npm, quotes": ("npm", lambda n: '"' * n),
    "npm, brackets": ("npm", lambda n: "[]" * n),
    "pnpm": (
        "pnpm",
        lambda n: "lockfileVersion: '9.0'\npackages:\n"
        + "".join(f"  p@1.0.{i}:\n    resolution: {{integrity: sha512-{i}}}\n" for i in range(n)),
    ),
    "pnpm, anchors": (
        "pnpm",
        lambda n: "lockfileVersion: '9.0'\npackages:\n  x@1: &x {os: [linux]}\n"
        + "".join(f"  p@1.0.{i}: *x\n" for i in range(n)),
    ),
    "pnpm, parentheses": (
        "pnpm",
        lambda n: f"lockfileVersion: '9.0'\npackages:\n  ? a@1{'(_' * n}\n  : {{}}\n",
    ),
    "yarn 1": (
        "yarn",
        lambda n: "".join(f'p@^{i}, p@~{i}:\n  version "{i}"\n' for i in range(n)),
    ),
    "yarn 1, one line": ("yarn", lambda n: ", ".join(f"p@{i}" for i in range(n)) + ":\n"),
    "yarn 1, quotes": ("yarn", lambda n: '"a" ' * n),
    "yarn 4": (
        "yarn",
        lambda n: "__metadata:\n  version: 8\n"
        + "".join(f'"p@npm:^{i}, p@npm:~{i}":\n  version: {i}\n' for i in range(n)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", GROWING)
def test_the_cost_is_linear(case: str) -> None:
    """Counted in executed lines, which no other process influences."""
    kind, make = GROWING[case]
    small, large = (counted(partial(ask, kind, make(n))) for n in (200, 800))
    assert large <= 4 * small + 200


def test_a_lookup_does_not_read_the_whole_lockfile() -> None:
    for case, prefix in (("npm", "npm"), ("pnpm, anchors", "pnpm"), ("yarn 1", "yarn")):
        kind, make = GROWING[case]
        assert kind == prefix
        lockfiles = [read(kind, make(n)) for n in (200, 800)]
        other = OnDisk(Path("/app/node_modules/q"), "q", "1.0.0")
        small, large = (counted(partial(each.version_of, other)) for each in lockfiles)
        assert small == large


def counted(action: Callable[[], object]) -> int:
    """Return how many lines of the package's own modules an action executes."""
    lines = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal lines
        if "lockfiles" not in frame.f_code.co_filename and "json_nesting" not in (
            frame.f_code.co_filename
        ):
            return None
        lines += event == "line"
        return trace

    previous = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(previous)
    return lines
