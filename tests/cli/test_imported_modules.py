"""A command imports what it uses: slow modules of others would double the time of a small build."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rigs.machine import complete, host_target
from support.command_line import build_environment

ANYWHERE = {
    *("asyncio", "bracex", "dataclasses", "email.message", "httpx", "importlib.metadata"),
    *("importlib.resources", "pip", "yaml"),
}
PIPELINE = {"rich", "sealift.nodes", "sealift.project", "tree_sitter"}
OTHER_COMMANDS = {
    "sealift.cli.doctor",
    "sealift.cli.inspect",
    "sealift.cli.why",
    "sealift.inspection",
}
READING = {
    f"sealift.project.{name}"
    for name in ("answers", "inclusions", "reader", "source_files", "source_trace", "trace")
}
ADDONS = {"sealift.addons.target_projects", "sealift.lockfiles", "sealift.musl.obtain", "tarfile"}


def imported(*arguments: str | Path) -> set[str]:
    """Return the names of the modules that a command imports."""
    command = [sys.executable, "-X", "importtime", "-m", "sealift", *arguments]
    done = complete(command, cwd=None, env=build_environment(), timeout=120)
    assert done.code == 0, done.stderr
    return set(re.findall(r"^import time:.*\| +(\S+)$", done.stderr, re.MULTILINE))


def test_the_version_needs_no_pipeline() -> None:
    unused = ANYWHERE | PIPELINE | OTHER_COMMANDS | {"sealift.cli.build"}
    assert imported("--version") & unused == set()


@pytest.mark.usefixtures("equipment")
def test_targets_need_no_project() -> None:
    unused = ANYWHERE | OTHER_COMMANDS | {"sealift.project", "tree_sitter"}
    assert imported("targets", "--offline") & unused == set()


@pytest.mark.usefixtures("equipment")
def test_a_build_without_addons_imports_nothing_for_them(
    tmp_path: Path, binary_options: Callable[..., list[str]]
) -> None:
    (tmp_path / "app.js").write_text("console.log('hello')")
    time.sleep(0.15)  # what has just changed is read again
    target = "-".join(("node24", *host_target()))
    build = ("build", tmp_path / "app.js", "-t", target, "-o", tmp_path / "app")
    build = (*build, *binary_options(target))
    imported(*build)
    unused = ANYWHERE | OTHER_COMMANDS | ADDONS
    unused |= {"tree_sitter", "sealift.project.scan", "sealift.report"} | READING
    assert imported(*build) & unused == set()
