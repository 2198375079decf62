"""Options whose spelling changed: the former one is understood, but no longer shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from sealift.cli.options import make_node_options, node_options
from sealift.options import NodeOptions

FORMER = [
    (["--node-source", "npm"], ["--node-provider", "npm"], NodeOptions(provider="npm")),
    (["--node-source", "dir:a"], ["--node-provider", "dir:a"], NodeOptions(provider="dir:a")),
    (["--node-source=mirror"], ["--node-provider=mirror"], NodeOptions(provider="mirror")),
    (["--build"], ["--compile-node"], NodeOptions(compile=True)),
    (["--node-src", "a"], ["--node-source-tree", "a"], NodeOptions(source_tree=Path("a"))),
    (["--node-src=a"], ["--node-source-tree=a"], NodeOptions(source_tree=Path("a"))),
]


def parse(arguments: list[str]) -> NodeOptions:
    parsed: list[NodeOptions] = []

    @click.command()
    @node_options
    def command(**given: Any) -> None:
        parsed.append(make_node_options(given))

    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    return parsed[0]


@pytest.mark.parametrize(("former", "current", "options"), FORMER)
def test_a_former_spelling_means_the_same(
    former: list[str], current: list[str], options: NodeOptions
) -> None:
    assert parse(current) == options
    assert parse(former) == options


def test_help_and_errors_show_the_current_spelling() -> None:
    command = click.command()(node_options(lambda **given: None))
    shown = CliRunner().invoke(command, ["--help"]).output
    shown += CliRunner().invoke(command, ["--node-source", "other"]).output
    for option in ("--node-provider", "--compile-node", "--node-source-tree"):
        assert option in shown
    words = shown.replace(",", " ").replace("'", " ").split()
    assert not {"--node-source", "--build", "--node-src"} & set(words)
