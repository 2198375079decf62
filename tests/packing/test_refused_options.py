"""Options for Node that an executable would end with at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import sealift
from sealift.errors import NodeError
from sealift.options import BuildOptions, NodeOptions
from support.bytecode_builds import MakeProject, package

FILES = {"package.json": package("app"), "index.js": "console.log(1);"}


@pytest.mark.parametrize(
    ("target", "options", "reason"),
    [
        ("node24-linux-x64", ("no-warnings", "bogus-option"), "bad option: --bogus-option"),
        ("node24-linux-x64", ("stack-size=many",), "illegal value for flag --stack-size=many"),
        ("node24-win-x64", ("--title",), "--title requires an argument"),
    ],
)
def test_the_build_says_what_node_says(
    make_project: MakeProject,
    node_binary: Callable[[str, str, str], Path],
    tmp_path: Path,
    target: str,
    options: tuple[str, ...],
    reason: str,
) -> None:
    system = target.split("-")[1]
    named = {
        "linux-x64": node_binary("24.19.0", "linux", "x64"),
        target: node_binary("24.19.0", system, "x64"),
    }
    with pytest.raises(NodeError) as caught:
        sealift.build(
            BuildOptions(
                entry=make_project(FILES),
                targets=(target,),
                exec_argv=options,
                out_path=tmp_path / "out",
                node=NodeOptions(binaries=named, cache=tmp_path / "cache", offline=True),
            )
        )
    assert caught.value.code == "options-refused"
    assert reason in caught.value.message and "24.19.0" in caught.value.message
    assert not (tmp_path / "out").exists()
