"""Documents of whole builds, as users ask for them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from sealift.documents.timestamp import fixed_time
from sealift.errors import UsageError
from support.command_line import Sealift
from support.equipment import InstallPackages


def app(directory: Path, packages: Path | None = None) -> Path:
    directory.mkdir()
    manifest = {"name": "app", "version": "1.0.0", "main": "index.js", "license": "MIT"}
    (directory / "package.json").write_text(json.dumps(manifest))
    (directory / "index.js").write_text("console.log(typeof require('commander').Command)")
    if packages is not None:
        (directory / "node_modules").symlink_to(packages / "node_modules")
    return directory


def test_all_documents(
    sealift: Sealift, npm_project: InstallPackages, tmp_path: Path, node_binary: object
) -> None:
    project = app(tmp_path / "app", npm_project("commander"))
    outputs = [tmp_path / "one", tmp_path / "two"]
    for output in outputs:
        built = sealift(
            *(project, "-t", "node24-linux-x64", "--out-path", output),
            *("--sbom", "--notices", "--provenance", "--json", tmp_path / "report.json"),
        )
        assert built.code == 0, built.stderr
    converted = sealift("inspect", outputs[0] / "app", "--spdx")
    assert json.loads(converted.stdout)["spdxVersion"] == "SPDX-2.3", converted.stderr
    names = sorted(path.name for path in outputs[0].iterdir())
    assert names == [
        *("SHA256SUMS", "app", "app.cdx.json", "app.notices.txt", "app.provenance.json")
    ]
    for name in names:  # the same input gives the same bytes
        assert (outputs[0] / name).read_bytes() == (outputs[1] / name).read_bytes(), name
    (reported,) = json.loads((tmp_path / "report.json").read_text())["executables"]
    assert [Path(path).name for path in reported["documents"]] == [
        *("app.cdx.json", "app.notices.txt", "app.provenance.json", "SHA256SUMS")
    ]
    digests = {
        name: hashlib.sha256((outputs[0] / name).read_bytes()).hexdigest()
        for name in names
        if name != "SHA256SUMS"
    }
    lines = (outputs[0] / "SHA256SUMS").read_text().splitlines()
    assert lines == [f"{digest}  {name}" for name, digest in sorted(digests.items())]
    sbom = (outputs[0] / "app.cdx.json").read_text()
    assert sealift("inspect", outputs[0] / "app", "--sbom").stdout == sbom
    listed = {one["bom-ref"].rpartition("@")[0] for one in json.loads(sbom)["components"]}
    assert {"npm:commander", "node", "sealift"} <= listed
    assert "commander@" in (outputs[0] / "app.notices.txt").read_text()
    statement = json.loads((outputs[0] / "app.provenance.json").read_text())
    subjects = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
    assert subjects.items() <= digests.items()
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    inputs = statement["predicate"]["buildDefinition"]["resolvedDependencies"]
    kinds = {one["name"].partition(":")[0] for one in inputs}
    assert {"node", "npm", "files"} <= kinds
    assert sealift("verify", outputs[0] / "app").code == 0


def test_an_executable_without_an_sbom(
    sealift: Sealift, tmp_path: Path, node_binary: object
) -> None:
    script = tmp_path / "app.js"
    script.write_text("1")
    assert sealift(script, "-t", "node24-linux-x64", "-o", tmp_path / "out").code == 0
    shown = sealift("inspect", tmp_path / "out", "--sbom")
    assert (shown.code, "has no SBOM" in shown.stderr) == (2, True)


def test_the_time_of_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert fixed_time() is None
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    time = fixed_time()
    assert time is not None
    assert time.isoformat() == "1970-01-02T00:00:00+00:00"
    for wrong in ("-1", "1.5", "soon", "9" * 30, "\u0661"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", wrong)
        with pytest.raises(UsageError):
            fixed_time()
