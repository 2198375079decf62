"""The plan that options and the settings of a project make together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sealift.errors import NodeError, UsageError
from sealift.model import CodeForm
from sealift.options import BuildOptions, Compression
from sealift.plan import BuildPlan, make_plan


@pytest.fixture(autouse=True)
def no_node_on_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")


def plan_of(root: Path, settings: dict[str, Any] | None = None, **options: Any) -> BuildPlan:
    root.mkdir(exist_ok=True)
    (root / "index.js").write_text("")
    manifest = {"name": "app", "bin": "index.js", "pkg": settings or {}}
    (root / "package.json").write_text(json.dumps(manifest))
    return make_plan(BuildOptions(entry=root, **options))


@pytest.mark.parametrize(
    ("settings", "options", "form"),
    [
        ({}, {}, CodeForm.BYTECODE),
        ({}, {"sea": True}, CodeForm.SOURCE),
        ({}, {"no_bytecode": True}, CodeForm.PUBLIC_SOURCE),
        ({"bytecode": False}, {}, CodeForm.PUBLIC_SOURCE),
        ({"bytecode": False}, {"sea": True}, CodeForm.SOURCE),
        ({}, {"fallback_to_source": True}, CodeForm.BYTECODE_WHERE_POSSIBLE),
        ({"fallbackToSource": True}, {}, CodeForm.BYTECODE_WHERE_POSSIBLE),
        ({"fallbackToSource": True}, {"fallback_to_source": False}, CodeForm.BYTECODE),
        ({"bytecode": False}, {"no_bytecode": False}, CodeForm.BYTECODE),
        ({"sea": True}, {}, CodeForm.SOURCE),
        ({"sea": True}, {"sea": False}, CodeForm.BYTECODE),
        ({"sea": True}, {"no_bytecode": True}, CodeForm.PUBLIC_SOURCE),
    ],
)
def test_code_forms(
    tmp_path: Path,
    settings: dict[str, Any],
    options: dict[str, Any],
    form: CodeForm,
) -> None:
    plan = plan_of(tmp_path / "app", settings, targets=("linux-x64",), **options)
    assert plan.stored.code == form
    assert (plan.compiler_host is not None) == plan.stored.code.ships_bytecode


@pytest.mark.parametrize(
    ("settings", "options", "expected"),
    [
        ({}, {}, Compression.NONE),
        ({"compress": "zs"}, {}, Compression.ZSTD),
        ({"compress": "zs"}, {"compress": Compression.NONE}, Compression.NONE),
        ({}, {"compress": Compression.GZIP}, Compression.GZIP),
    ],
)
def test_compression(
    tmp_path: Path, settings: dict[str, Any], options: dict[str, Any], expected: Compression
) -> None:
    assert plan_of(tmp_path / "app", settings, **options).stored.compression == expected


def test_each_target_has_one_record_with_its_output(tmp_path: Path) -> None:
    plan = plan_of(tmp_path / "app", targets=("linux-x64,win-x64",), out_path=tmp_path / "out")
    assert [(str(one.target), one.output.name) for one in plan.builds] == [
        ("node24-linux-x64", "app-linux"),
        ("node24-win-x64", "app-win.exe"),
    ]
    assert all(one.output.parent == tmp_path / "out" for one in plan.builds)


def test_options_of_the_caller_replace_those_of_the_project(tmp_path: Path) -> None:
    settings = {"targets": "macos-arm64", "options": "expose-gc"}
    plan = plan_of(tmp_path / "app", settings)
    assert [str(one.target) for one in plan.builds] == ["node24-macos-arm64"]
    assert plan.traits.exec_argv == ("--expose-gc",)
    plan = plan_of(tmp_path / "app", settings, targets=("win",), exec_argv=("stack-size=2000",))
    assert [one.target.platform.value for one in plan.builds] == ["win"]
    assert plan.traits.exec_argv == ("--stack-size=2000",)
    plan = plan_of(tmp_path / "app", settings, exec_argv=("",))
    assert plan.traits.exec_argv == ()


def test_what_contradicts_itself_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match="node18"):
        plan_of(tmp_path / "app", targets=("node18-linux-x64",))
    with pytest.raises(UsageError) as caught:
        plan_of(tmp_path / "app", targets=("linux-x64",), output=tmp_path / "app" / "index.js")
    assert caught.value.code == "output-is-input"


def test_locales_come_from_the_option_or_the_settings(tmp_path: Path) -> None:
    settings = {"locales": ["de, fr"]}
    assert plan_of(tmp_path, settings).traits.locales == ("de", "fr")
    assert plan_of(tmp_path, settings, locales=("es,pt-BR", "es")).traits.locales == ("es", "pt-BR")
    assert plan_of(tmp_path, {}).traits.locales == ()


def test_compact_comes_from_the_option_or_the_settings(tmp_path: Path) -> None:
    target = ("linux-x64,alpine-arm64,linuxstatic-x64",)
    assert plan_of(tmp_path, {"compact": True}, targets=target).is_compact
    assert not plan_of(tmp_path, {"compact": True}, targets=target, compact=False).is_compact
    assert plan_of(tmp_path, {}, targets=target, compact=True).is_compact
    assert not plan_of(tmp_path, {}, targets=target).is_compact


@pytest.mark.parametrize("target", ["macos-arm64", "win-x64", "linux-armv7", "freebsd-x64"])
def test_a_target_that_cannot_be_compact_is_refused(target: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        plan_of(tmp_path, {}, targets=("linux-x64", target), compact=True)
    assert caught.value.code == "compact-unsupported"
    assert target in caught.value.message


@pytest.mark.parametrize("text", ["", "german", "de;fr", "de,,fr", "../de"])
def test_a_text_that_is_no_locale_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        plan_of(tmp_path, {}, locales=(text,))
    assert caught.value.code == "locale-malformed"
