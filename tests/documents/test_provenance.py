"""What the provenance says of the inputs."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sealift.documents.provenance import write_provenance
from sealift.errors import OutputError
from sealift.target_build import TargetBuild


def test_the_inputs(target_build: Callable[[], TargetBuild], tmp_path: Path) -> None:
    build = target_build()
    root = tmp_path / "app"
    data, findings = write_provenance([build], {"app": "1" * 64}, root)
    assert findings == ()
    statement = json.loads(data)
    assert statement["subject"] == [{"name": "app", "digest": {"sha256": "1" * 64}}]
    definition = statement["predicate"]["buildDefinition"]
    inputs = {one["name"]: one for one in definition["resolvedDependencies"]}
    assert inputs["npm:@s/one@1.2.3"]["digest"] == {"sha512": "00" * 64}
    assert inputs["npm:@s/one@1.2.3"]["uri"] == "pkg:npm/%40s/one@1.2.3"
    assert "digest" not in inputs["npm:two@2.0.0"]
    lines = "".join(
        f"{hashlib.sha256((tmp_path / file.location).read_bytes()).hexdigest()}  {file.location}\n"
        for file in sorted(build.project.files, key=lambda file: file.location)
    )
    assert inputs["files:app"]["digest"]["sha256"] == hashlib.sha256(lines.encode()).hexdigest()
    lockfile = hashlib.sha256((root / "package-lock.json").read_bytes()).hexdigest()
    assert inputs["lockfile:package-lock.json"]["digest"]["sha256"] == lockfile
    node = next(one for name, one in inputs.items() if name.startswith("node:"))
    assert node["digest"]["sha256"] == build.node.sha256
    assert str(tmp_path) not in data.decode()  # no path of the host
    assert write_provenance([build], {"app": "1" * 64}, root)[0] == data


def test_a_file_that_changed_since(target_build: Callable[[], TargetBuild]) -> None:
    build = target_build()
    (build.project.root / "index.js").write_text("changed")
    with pytest.raises(OutputError):
        write_provenance([build], {}, build.project.root)
    (build.project.root / "index.js").unlink()
    with pytest.raises(OutputError):
        write_provenance([build], {}, build.project.root)


@pytest.mark.skipif("sys.platform != 'linux'", reason="other systems refuse such names")
def test_names_that_are_no_text(target_build: Callable[[], TargetBuild], tmp_path: Path) -> None:
    target_build()
    Path(os.fsdecode(os.fsencode(tmp_path / "app") + b"/\xff.txt")).touch()
    build = target_build()
    json.loads(write_provenance([build], {}, tmp_path / "app")[0])
