"""Resolution against Node itself: every constant specifier of real projects, both ways."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rigs import host_target
from sealift.model import ResolutionKind
from sealift.project.filesystem import FileSystem
from sealift.project.package_exports import ResolutionError
from sealift.project.package_json import Packages
from sealift.project.resolve import Resolver
from support.equipment import FindNode, InstallPackages
from support.project_trees import plant

ORACLE = Path(__file__).with_name("resolve_oracle.cjs")
CORNERS = Path(__file__).with_name("corners.txt")
SPECIFIER = re.compile(
    rb"""(?:require\(|require\.resolve\(|from\s|import\s|import\()\s*(['"])([^'"\n$]{1,80})\1"""
)
Pairs = list[tuple[str, str]]
Answers = list[list[str | None]]
Ask = Callable[[Pairs], Answers]


@pytest.fixture(params=["22", "24", "26"])
def node(request: pytest.FixtureRequest, node_binary: FindNode) -> Ask:
    binary = node_binary(request.param, *host_target())

    def ask(pairs: Pairs) -> Answers:
        flags = ["--no-warnings", "--experimental-import-meta-resolve"]
        done = subprocess.run(
            [binary, *flags, ORACLE],
            input=json.dumps(pairs).encode(),
            capture_output=True,
            check=True,
        )
        answers: Answers = json.loads(done.stdout)
        return answers

    return ask


def ours(pairs: Pairs) -> Answers:
    resolver = Resolver(FileSystem(), Packages())

    def answer(kind: ResolutionKind, directory: str, specifier: str) -> str | None:
        try:
            found = resolver.resolve(kind, specifier, directory)
        except ResolutionError:
            return None
        return found.path or "built in"

    return [[answer(kind, *pair) for kind in ResolutionKind] for pair in pairs]


def files_only(answers: Answers) -> Answers:
    """What is no file (a built-in module, ``data:``) in one word."""
    return [
        ["built in" if text and not text.startswith("/") else text for text in row]
        for row in answers
    ]


def specifiers_below(top: Path) -> Pairs:
    pairs = set()
    for path in top.rglob("*.*js"):
        if path.is_file():
            for match in SPECIFIER.finditer(path.read_bytes()):
                pairs.add((str(path.parent.resolve()), match[2].decode("utf-8", "replace")))
    return sorted(pairs)


@pytest.mark.parametrize("name", ["express", "eslint", "fastify"])
def test_real_projects(name: str, node: Ask, npm_project: InstallPackages) -> None:
    pairs = specifiers_below(npm_project(name))
    assert len(pairs) > 400

    expected = files_only(node(pairs))

    found = ours(pairs)
    differences = [
        (pair, row, mine)
        for pair, row, mine in zip(pairs, expected, found, strict=True)
        if row != mine
    ]
    assert differences == []


def test_every_corner(node: Ask, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """``#/...`` is understood since Node 24.14; Node 22 refuses it, and so will the executable."""
    plant(CORNERS.read_text(encoding="utf-8"), tmp_path)
    specifiers = (tmp_path / "specifiers").read_text(encoding="utf-8").split()
    old = request.node.callspec.params["node"] == "22"
    pairs = [
        (str(tmp_path / directory), specifier)
        for directory in ("app", "app/lib", "app/node_modules/ex")
        for specifier in specifiers
        if not (old and specifier.startswith("#/"))
    ]
    expected = files_only(node(pairs))

    found = ours(pairs)

    differences = [
        (pair, row, mine)
        for pair, row, mine in zip(pairs, expected, found, strict=True)
        if row != mine
    ]
    assert differences == []
