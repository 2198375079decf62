"""The lock does not name the Node that compiles bytecode: any with the target's V8 is as good."""

from __future__ import annotations

from pathlib import Path

from support.command_line import Sealift
from support.equipment import FindNode

PROGRAM = """
class A { #x = 1; get x() { return this.#x } static async *g() { yield 1; await 2 } }
function f(a, b = 2, ...c) {
  try { for (const k of c) { switch (k) { case 1: return `${a}${b}`; default: continue } } }
  catch (e) { throw e } finally { require('fs').existsSync('/') }
}
const o = { a: 1, ['b']: 2, ...{ c: 3 }, get q() { return 1n } }, [x, , ...y] = [1, 2, 3]
console.log(f(1, 2, 3, 1), /ab+c(?<n>d)/giu.test('x'), o?.q ?? 1, x ** 2, y, new A().x)
"""


def test_another_release_with_the_same_v8_compiles_the_same_bytes(
    sealift: Sealift, node_binary: FindNode, tmp_path: Path
) -> None:
    (tmp_path / "app.js").write_text(PROGRAM)
    built = []
    for release in ("22.20.0", "22.21.1"):  # both have V8 12.4.254.21-node.33
        binaries = {"node22.20.0-linux-arm64": ("22.20.0", "arm64")}
        binaries[f"node{release}-linux-x64"] = (release, "x64")
        named = [
            f"--node-binary={target}={node_binary(version, 'linux', arch)}"
            for target, (version, arch) in binaries.items()
        ]
        out = tmp_path / release
        done = sealift(
            *("app.js", "-t", ",".join(binaries), "--out-path", out, *named),
            *("--cache", tmp_path / f"cache-{release}"),  # the bytecode is not kept for the other
            cwd=tmp_path,
        )
        assert done.code == 0, done.stderr
        (executable,) = out.glob("*arm64*")
        built.append(executable.read_bytes())
    assert built[0] == built[1]
