"""One executable with a small asset in memory and a large one in a file."""

from __future__ import annotations

from pathlib import Path

from sealift import assemble
from sealift.model import Asset, NodeBinary, SilentObserver
from sealift.verify import Expectation, verify

MAIN = b"""
const sea = require('node:sea');
const digest = (key) => require('node:crypto').createHash('sha256')
  .update(Buffer.from(sea.getAsset(key))).digest('hex');
console.log(JSON.stringify({ version: process.version, execArgv: process.execArgv,
  args: process.argv.slice(2), small: sea.getAsset('small', 'utf8'), large: digest('large') }));
"""
# The text of the fuse in a packaged file must not matter, nor must a length that is odd.
LARGE = b"NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:0\n" * 60_001


def build(
    node: NodeBinary, output: Path, directory: Path, exec_argv: tuple[str, ...] = ("--no-warnings",)
) -> str:
    """Build ``output`` with a small asset in memory and a large one in a file; its digest."""
    pool = directory / "pool"
    pool.write_bytes(b"before" + LARGE + b"behind")
    assets = [Asset("small", b"caf\xc3\xa9"), Asset("large", None, pool, 6, len(LARGE))]
    with assemble.temporary(output) as file:
        assembled = assemble.write(file, node, assets, MAIN, exec_argv, SilentObserver())
        assert assembled.size == file.path.stat().st_size
        verified = verify(file.path, Expectation(node, assets, MAIN, exec_argv))
        file.publish()
    assert verified.size == assembled.size
    return verified.sha256
