"""The directory in which Node is compiled runs what is in it, so nobody else may write there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sealift.errors import NodeError
from sealift.model import SilentObserver
from sealift.nodes.build.work_directory import WorkDirectory


@pytest.mark.skipif(os.name == "nt", reason="missing: modes of files")
@pytest.mark.parametrize("name", ["builds", "builds/24"])
def test_a_directory_that_others_can_change_is_refused(tmp_path: Path, name: str) -> None:
    work = WorkDirectory(tmp_path / "builds", "24")
    with work.held("Node", SilentObserver()):
        work.begin_tree()
    (tmp_path / name).chmod(0o777)
    with pytest.raises(NodeError) as raised, work.held("Node", SilentObserver()):
        pass
    assert raised.value.code == "cache-untrusted"
