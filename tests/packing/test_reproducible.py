"""The same project and the same Node give the same bytes."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from rigs.machine import bare_environment
from support.bytecode_builds import package

TARGETS = ("node24-linux-x64", "node24-win-x64", "node24-macos-arm64")
FILES = {
    "package.json": package("app", dependencies={"dep": "1"}),
    "index.js": "const { A } = require('./a');\nrequire('./data.json'); new A();\n"
    "import('./module.mjs').then((all) => console.log(all));\n",
    "a.js": "class A { #p = /x/u; get p() { return () => this.#p; } }\nexports.A = A;\n",
    "module.mjs": "export { A } from './a.js';\n"
    "export default async function* g() { yield `${1}`; }\n",
    "data.json": '{"é": 1}',
    "node_modules/dep/package.json": package("dep", license="MIT"),
    "node_modules/dep/index.js": "exports.dep = 1;\n",
    **{f"lib/{number}.js": f"exports.n = {number};\n" for number in range(20)},
}
NOON = 1_700_000_000


def write(root: Path, names: list[str]) -> None:
    """Write the project's files in this order; they are all of the same age."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FILES[name])
        path.chmod(0o644)
        os.utime(path, (NOON, NOON))


def test_the_same_bytes(node_binary: Callable[[str, str, str], Path], tmp_path: Path) -> None:
    named = []
    for target in TARGETS:
        version, platform, arch = target.removeprefix("node").split("-")
        named += ["--node-binary", f"{target}={node_binary(version, platform, arch)}"]

    def built(
        root: Path, entry: str, environment: Mapping[str, str], umask: int, targets: tuple[str, ...]
    ) -> dict[str, str]:
        out = tmp_path / "out"
        env = bare_environment({"SEALIFT_CACHE": str(tmp_path / "cache"), **environment})
        command = [sys.executable, "-m", "sealift", "build", entry, "--out-path", str(out)]
        arguments = ["-t", ",".join(targets), "--offline", *named, "--quiet"]
        subprocess.run([*command, *arguments], cwd=root, env=env, umask=umask, check=True)
        found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in out.iterdir()}
        shutil.rmtree(out)
        # Nothing is left of it: neither compiled scripts nor tables nor payloads.
        for kept in ("bytecode", "payloads", "projects"):
            shutil.rmtree(tmp_path / "cache" / kept, ignore_errors=True)
        return found

    here, there = tmp_path / "here" / "app", tmp_path / "some where" / "else" / "app"
    write(here, list(FILES))
    write(there, list(FILES)[::-1])
    (tmp_path / "home").mkdir()
    first = built(here, "index.js", {"PYTHONHASHSEED": "1"}, 0o022, TARGETS)
    assert len(first) == len(TARGETS)
    assert built(here, "index.js", {"PYTHONHASHSEED": "1"}, 0o022, TARGETS) == first
    other = {
        "PYTHONHASHSEED": "2",
        "HOME": str(tmp_path / "home"),
        "TZ": "Asia/Kathmandu",
        "LANG": "C",
        "LC_ALL": "POSIX",
        "NODE_OPTIONS": "--stack-trace-limit=5",
        "TMPDIR": str(tmp_path / "home"),
    }
    assert built(there, str(there / "index.js"), other, 0o077, TARGETS[::-1]) == first
