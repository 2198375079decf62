"""pkg.transform: each file once, its result kept; wrong results are one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sealift.errors import ProjectError
from sealift.hooks import HookRunner, Limits
from sealift.host import host_machine
from sealift.model import Role, SilentObserver
from sealift.options import BuildOptions
from sealift.project import open_manifest, read_project
from sealift.record import replace
from sealift.target import parse_targets
from sealift.target_build import TargetBuild, with_keys
from support.hook_runners import MakeRunner
from support.observers import Recorder

CONFIG = """
module.exports = { transform: (file, content) => {
  console.log('called', require('path').basename(file), Buffer.isBuffer(content));
  %s
} };
"""


def transformed(runner: HookRunner, body: str, config: str = CONFIG) -> dict[str, bytes]:
    """Return the content of each file that a hook with this body has changed, by its name."""
    Path("a.js").write_text("require('./b'); require('fs').readFileSync(__dirname + '/c.txt')")
    Path("b.js").write_text("exports.b = 1;")
    Path("c.txt").write_text("text")
    Path("package.json").write_text(json.dumps({"bin": "a.js"}))
    Path("pkg.config.js").write_text(config.replace("%s", body))
    options = BuildOptions(Path())
    manifest = open_manifest(options, runner.load)
    project = read_project(manifest, options, SilentObserver())
    (packaged,) = with_keys([project], "variant")
    targets = parse_targets(["node24-linux-x64", "node24-linux-arm64"], host_machine())
    builds = [TargetBuild(one, Path(str(one)), packaged=packaged) for one in targets]
    first, second = runner.transform(builds, manifest)
    assert first.project is second.project
    for file in first.project.files:
        assert file.content.stat().st_size == file.size
    return {
        file.source.name: file.content.read_bytes()
        for file in first.project.files
        if file.replacement is not None
    }


BODY = """
  if (file.endsWith('a.js')) return 'changed';
  if (file.endsWith('b.js')) return Promise.resolve(Buffer.from([255, 0]));
  if (file.endsWith('c.txt')) return content;
"""


def test_every_form_of_result(make_runner: MakeRunner, observer: Recorder) -> None:
    with make_runner() as runner:
        changed = transformed(runner, BODY)
    assert changed == {"a.js": b"changed", "b.js": b"\xff\0"}
    names = ["a.js", "b.js", "c.txt", "package.json"]
    assert sorted(observer.lines) == [f"called {name} true" for name in names]


def test_results_are_kept_by_content_and_hook(
    make_runner: MakeRunner, observer: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def called(body: str, config: str = CONFIG) -> int:
        observer.lines.clear()
        with make_runner() as runner:
            assert transformed(runner, body, config)["a.js"] == b"changed"
        return len(observer.lines)

    assert called(BODY) == 4
    assert called(BODY) == 0
    assert called(BODY + ";") == 4  # another hook
    assert called(BODY) == 0
    Path("m.js").write_text("exports.x = 1")
    config = "require('./m');" + CONFIG
    assert called(BODY, config) == 4
    assert called(BODY, config) == 0
    Path("m.js").write_text("exports.x = 2")  # a module of the hook
    assert called(BODY, config) == 4
    monkeypatch.setenv("ANY", "1")
    assert called(BODY) == 4
    assert called("require('./m');" + BODY) == 4  # loaded when it is called: unknown before
    assert called("require('./m');" + BODY) == 4


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return 1", "(its function): it returned number; expected string, Buffer, or undefined"),
        ("return null", "it returned null; expected string, Buffer, or undefined"),
        ("return [content]", "it returned object; expected string, Buffer, or undefined"),
        ("throw new Error('bad')", "(pkg.config.js:4): bad"),
        ("return Promise.reject(new TypeError('bad'))", "(pkg.config.js:4): TypeError: bad"),
        ("process.exit(3)", "(it gave no result): it ended with exit code 3"),
        ("for (;;);", "(it gave no result): it took more than 0.5 seconds"),
        ("return new Promise(() => {})", "(it gave no result): it took more than 0.5 seconds"),
    ],
)
def test_failures(make_runner: MakeRunner, body: str, message: str) -> None:
    with (
        make_runner(Limits(transform_seconds=0.5)) as runner,
        pytest.raises(ProjectError) as caught,
    ):
        transformed(runner, f"if (file.endsWith('b.js')) {{ {body} }}")
    assert caught.value.code == "hook-failed"
    assert caught.value.message.startswith("transform hook failed for b.js (")
    assert message in caught.value.message


def test_the_new_syntax_decides_what_a_script_is(make_runner: MakeRunner) -> None:
    assert _roles(make_runner, "const a = 1;export {a}") == (Role.COMMONJS, Role.MODULE)


def test_what_a_script_is_is_kept_with_the_result(
    make_runner: MakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text, role in (("export {}", Role.MODULE), ("f(1)", Role.COMMONJS)):
        assert _roles(make_runner, text)[1] is role
        with monkeypatch.context() as patch:
            patch.delattr("sealift.hooks.transform_cache.has_module_syntax")
            assert _roles(make_runner, text)[1] is role


def test_what_v8_compiles_as_commonjs_is_not_parsed_again(
    make_runner: MakeRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("sealift.hooks.transform_cache.has_module_syntax")
    assert _roles(make_runner, "#!/usr/bin/env node\nreturn import('a')")[1] is Role.COMMONJS


@pytest.mark.parametrize(
    ("end", "role"),
    [("\n", Role.COMMONJS), ("\nexport {};", Role.MODULE), ("\nexport", Role.COMMONJS)],
)
def test_a_line_shows_what_a_large_script_is(make_runner: MakeRunner, end: str, role: Role) -> None:
    assert _roles(make_runner, "f('export {}');\n" * 70_000 + end)[1] is role


def _roles(make_runner: MakeRunner, text: str) -> tuple[Role, Role]:
    """Return the role of a script, and that of the text which a hook makes of it."""
    with make_runner() as runner:
        Path("a.js").write_text("console.log(1)")
        Path("package.json").write_text(json.dumps({"bin": "a.js"}))
        Path("pkg.config.js").write_text(f"exports.transform = () => {json.dumps(text)}")
        options = BuildOptions(Path())
        manifest = open_manifest(options, runner.load)
        project = read_project(manifest, options, SilentObserver())
        script = next(file for file in project.files if file.source.name == "a.js")
        (packaged,) = with_keys([replace(project, files=(script,))], "variant")
        (target,) = parse_targets(["node24-linux-x64"], host_machine())
        (build,) = runner.transform([TargetBuild(target, Path("x"), packaged=packaged)], manifest)
    return script.role, build.project.files[0].role
