"""JavaScript configurations are run as pkg runs them; what goes wrong is one sentence."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from sealift.errors import SealiftError
from sealift.hooks import HookRunner, Limits
from sealift.model import SilentObserver
from sealift.options import BuildOptions, NodeOptions
from sealift.project import ConfigFunction, open_manifest
from support.hook_runners import MakeRunner
from support.observers import Recorder
from support.other_programs import ends
from support.project_trees import plant


def load(make_runner: MakeRunner, name: str, text: str, limits: Limits | None = None) -> Any:
    Path(name).write_text(text)
    with make_runner(limits) as runner:
        return runner.load(str(Path(name).absolute()))


def refused(make_runner: MakeRunner, text: str, limits: Limits | None = None) -> SealiftError:
    with pytest.raises(SealiftError) as caught:
        load(make_runner, "pkg.config.js", text, limits)
    assert caught.value.code == "config-failed"
    assert "\n" not in caught.value.message
    return caught.value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pkg.config.js", "module.exports = {targets: [process.env.T], ...{public: true}}"),
        ("pkg.config.js", "export default {targets: [process.env.T], public: true}"),
        ("pkg.config.cjs", "const s = require('./s'); module.exports = {...s, public: !!1}"),
        ("pkg.config.cjs", "exports.targets = [process.env.T]; exports.public = true"),
        ("pkg.config.cjs", "module.exports = Promise.resolve(require('./s'))"),
        (
            "pkg.config.cjs",
            "exports.__esModule = true; exports.default = {targets: ['win'], public: true}",
        ),
        ("pkg.config.mjs", "import s from './s.js'; export default {...s, public: await 1 === 1}"),
        ("pkg.config.mjs", "export const targets = [process.env.T]; export const public_ = 1"),
        (
            "pkg.config.ts",
            "type T = string; const t: T[] = [process.env.T!];"
            " export default { targets: t, public: true as boolean }",
        ),
    ],
)
def test_forms(
    make_runner: MakeRunner, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv("T", "win")
    Path("s.js").write_text("module.exports = {targets: ['win'], public: true}")
    found = load(make_runner, name, text)
    assert found["targets"] == ["win"]
    assert found.get("public", True) is True


def test_functions_stay_where_they_are(make_runner: MakeRunner) -> None:
    found = load(make_runner, "pkg.config.js", "exports.a = () => 1; exports.b = [undefined]")
    assert isinstance(found["a"], ConfigFunction)
    assert found["b"] == [None]


@pytest.mark.parametrize(
    ("text", "fragments"),
    [
        ("\n\nthrow new TypeError('no luck')", ["pkg.config.js:3", "TypeError: no luck"]),
        ("\nnotDefined.x", ["pkg.config.js:2", "ReferenceError: notDefined is not defined"]),
        ("a = {\n  b: ;\n}", ["pkg.config.js:2", "SyntaxError"]),
        ("module.exports = Promise.reject(new Error('later'))", ["pkg.config.js:1", "later"]),
        ("throw 'a text'", ["a text"]),
        ("require('./missing')", ["pkg.config.js:1", "missing"]),
        ("require('./broken')", ["broken.js:2"]),
        ("process.exit(3)", ["exit code 3"]),
        ("process.kill(process.pid, 'SIGKILL')", ["signal 9"]),
        ("module.exports = {a: 1n}", ["BigInt"]),
        ("const a = {}; a.a = a; module.exports = a", ["circular"]),
        ("module.exports = [...Array(200)].reduce((a) => [a], 0)", ["nested more than 100"]),
        ("module.exports = 'a'.repeat(1 << 25)", ["too large"]),
    ],
)
def test_what_goes_wrong_is_reported_with_its_place(
    make_runner: MakeRunner, text: str, fragments: list[str]
) -> None:
    Path("broken.js").write_text("const a = 1;\nthrow new Error('in a module')")
    message = refused(make_runner, text).message
    for fragment in fragments:
        assert fragment in message


@pytest.mark.parametrize(
    "text",
    ["for (;;);", "module.exports = new Promise(() => {})", "setInterval(() => {}); for(;;);"],
)
def test_one_that_never_ends(make_runner: MakeRunner, text: str) -> None:
    begun = time.monotonic()
    error = refused(make_runner, text, Limits(config_seconds=0.5))
    assert "more than 0.5 seconds" in error.message
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "text",
    [
        "for (;;) console.log('a'.repeat(1000))",
        "for (;;) process.stderr.write('a'.repeat(1000))",
        "require('child_process').execSync('yes', {stdio: 'inherit'})",
    ],
)
def test_one_that_prints_megabytes(make_runner: MakeRunner, observer: Recorder, text: str) -> None:
    assert "printed more than 1 MiB" in refused(make_runner, text).message
    assert sum(len(line) + 1 for line in observer.lines) <= 1 << 20


def test_programs_that_print_for_ever_end_with_it(make_runner: MakeRunner) -> None:
    """The configuration is killed; what it started would print to a reader for ever."""
    text = "require('child_process').execSync('yes started-by-config', {stdio: 'inherit'})"
    assert "printed more than 1 MiB" in refused(make_runner, text).message
    assert ends("started-by-config")


def test_what_it_prints_is_passed_on(make_runner: MakeRunner, observer: Recorder) -> None:
    text = "console.log('one'); console.error('two'); process.stdout.write('three')"
    assert load(make_runner, "pkg.config.js", text) == {}
    assert observer.lines == ["one", "two", "three"]


@pytest.mark.parametrize(
    "text",
    ["module.exports = () => ({})", "module.exports = 1", "module.exports = null", ""],
)
def test_what_is_not_an_object(make_runner: MakeRunner, text: str) -> None:
    plant('== package.json\n{"bin": "a.js"}\n== a.js\n', Path())
    Path("pkg.config.js").write_text(text)
    with make_runner() as runner:
        if not text:
            assert open_manifest(BuildOptions(Path()), runner.load).targets == ()
            return
        with pytest.raises(SealiftError, match="not an object") as caught:
            open_manifest(BuildOptions(Path()), runner.load)
    assert caught.value.code == "config-type"


def test_without_a_node_there_is_a_remedy(
    tmp_path: Path, equipment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = NodeOptions(cache=tmp_path / "cache", offline=True)
    with (
        HookRunner(tmp_path, options, SilentObserver()) as runner,
        pytest.raises(SealiftError) as caught,
    ):
        runner.load(str(tmp_path / "pkg.config.js"))
    assert caught.value.code == "host-node-missing"
