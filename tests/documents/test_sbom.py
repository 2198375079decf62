"""SBOMs: what they list, that they are CycloneDX, and that they are reproducible."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from sealift.documents.packaged_packages import PackagedPackage, packaged_packages
from sealift.documents.sbom import write_sbom
from sealift.documents.spdx import spdx_of
from sealift.lockfiles import Lockfile
from sealift.model import Library, MuslLibrary
from sealift.record import replace
from sealift.target import Arch
from sealift.target_build import Front, TargetBuild

PARTS = {"openssl": "3.5.7", "uv": "1.52.1", "v8": "13.6.233.17-node.51", "tz": "2026b", "new": "1"}
NAMES = ("bom-1.6.SNAPSHOT", "spdx.SNAPSHOT", "jsf-0.82.SNAPSHOT")


def validate(sbom: Any) -> None:
    """Compare an SBOM with the schema that CycloneDX publishes."""
    folder = files("cyclonedx.schema") / "_res"
    schemas = {
        name: json.loads((folder / f"{name}.schema.json").read_text(encoding="utf-8"))
        for name in NAMES
    }
    base = schemas[NAMES[0]]["$id"].rpartition("/")[0]  # the schemas name each other relative to it
    registry: Registry[Any] = Registry().with_resources(
        (f"{base}/{name}.schema.json", Resource.from_contents(schema))
        for name, schema in schemas.items()
    )
    jsonschema.Draft7Validator(schemas[NAMES[0]], registry=registry).validate(sbom)


def test_components_and_what_they_use(
    target_build: Callable[[], TargetBuild], lockfile: Lockfile
) -> None:
    build = target_build()
    sbom = json.loads(write_sbom(build, packaged_packages(build.project, lockfile), PARTS, None))
    validate(sbom)
    app = sbom["metadata"]["component"]
    assert (app["name"], app["type"], "purl" in app) == ("app", "application", False)
    found = {one["bom-ref"]: one for one in sbom["components"]}
    assert set(found) == {
        *("npm:@s/one@1.2.3", "npm:two@2.0.0", "npm:three@3.0.0-rc.1"),
        *(f"node@{build.node.version}", "sealift@0.1.0"),
    }
    one = found["npm:@s/one@1.2.3"]
    assert (one["group"], one["name"], one["purl"]) == ("@s", "one", "pkg:npm/%40s/one@1.2.3")
    assert one["licenses"] == [{"license": {"id": "MIT"}}]
    assert one["hashes"] == [{"alg": "SHA-512", "content": "00" * 64}]
    # The lockfile has another version, whose digest is not that of the installed one.
    assert "hashes" not in found["npm:two@2.0.0"]
    assert found["npm:two@2.0.0"]["licenses"] == [{"expression": "MIT OR Apache-2.0"}]
    node = found[f"node@{build.node.version}"]
    assert node["hashes"] == [{"alg": "SHA-256", "content": build.node.sha256}]
    inner = {one["name"]: one.get("cpe", "") for one in node["components"]}
    assert set(inner) == {"OpenSSL", "libuv", "V8", "new"}
    assert inner["OpenSSL"] == "cpe:2.3:a:openssl:openssl:3.5.7:*:*:*:*:*:*:*"
    assert {"name": "sealift:node:tz", "value": "2026b"} in node["properties"]
    assert str(build.node.path) not in json.dumps(sbom)  # no path of the host
    uses = {one["ref"]: one.get("dependsOn", []) for one in sbom["dependencies"]}
    assert uses["npm:@s/one@1.2.3"] == ["npm:two@2.0.0"]
    assert "npm:@s/one@1.2.3" in uses[app["bom-ref"]]


def test_libraries_that_are_merged(target_build: Callable[[], TargetBuild], tmp_path: Path) -> None:
    build = target_build()
    library = Library("libstdc++-1a2b3c4d.so.6.0.29", tmp_path, 1, "1" * 64)
    merged = replace(
        build,
        binary=replace(build.node, libraries=(library,)),
        musl=MuslLibrary("1.2.5", Arch.X64, tmp_path, 1, "2" * 64),
    )
    sbom = json.loads(write_sbom(merged, packaged_packages(build.project, None), {}, None))
    validate(sbom)
    found = {one["name"]: one for one in sbom["components"]}
    assert found["musl"]["version"] == "1.2.5"
    assert found["libstdc++.so.6"]["hashes"] == [{"alg": "SHA-256", "content": "1" * 64}]


def test_the_decoder_of_a_compact_file(
    target_build: Callable[[], TargetBuild], tmp_path: Path
) -> None:
    front = Front(Arch.X64, tmp_path / "front", 1, "3" * 64, "1.2.1", tmp_path)
    build = replace(target_build(), front=front)
    sbom = json.loads(write_sbom(build, packaged_packages(build.project, None), {}, None))
    validate(sbom)
    (brotli,) = (one for one in sbom["components"] if one["name"] == "brotli")
    assert brotli["cpe"] == "cpe:2.3:a:google:brotli:1.2.1:*:*:*:*:*:*:*"
    assert brotli["licenses"] == [{"license": {"id": "MIT"}}]


def test_the_bytes_depend_on_the_content_alone(
    target_build: Callable[[], TargetBuild], lockfile: Lockfile
) -> None:
    build = target_build()
    packages = packaged_packages(build.project, lockfile)
    first = write_sbom(build, packages, PARTS, None)
    assert write_sbom(build, packages, PARTS, None) == first
    assert b"timestamp" not in first
    timed = json.loads(write_sbom(build, packages, PARTS, datetime(2026, 1, 2, tzinfo=UTC)))
    validate(timed)
    assert timed["metadata"]["timestamp"] == "2026-01-02T00:00:00+00:00"
    other = json.loads(write_sbom(build, packages, {}, None))
    assert other["serialNumber"] != json.loads(first)["serialNumber"]


@pytest.mark.parametrize(
    "licence", ["MIT/X11", "SEE LICENSE IN x.txt", "(MIT", "Apache 2.0", "  ", "MIT OR", "\u2028"]
)
def test_any_text_as_a_licence(licence: str, target_build: Callable[[], TargetBuild]) -> None:
    build = target_build()
    package = PackagedPackage("a", "1.0", licence.strip(), build.output, False, False, "", ())
    app = packaged_packages(build.project, None)[0]
    sbom = write_sbom(build, (replace(app, uses=()), package), {}, None)
    validate(json.loads(sbom))


@pytest.mark.parametrize("integrity", ["", "sha512-", "sha512-!", "md5-AAAA", "sha1-AA== sha999-x"])
def test_any_text_as_an_integrity(integrity: str, target_build: Callable[[], TargetBuild]) -> None:
    build = target_build()
    package = PackagedPackage("a", "1.0", "", build.output, False, False, integrity, ())
    app = packaged_packages(build.project, None)[0]
    validate(json.loads(write_sbom(build, (replace(app, uses=()), package), {}, None)))


@pytest.mark.parametrize(
    ("name", "version"),
    [
        *(("@/x", "1.0"), ("a/", "1.0"), ("/", "1"), ("@s/a/b", "1"), (" ", " "), ("A B%", "1 2")),
        *(
            ("a\n", "1\n"),
            ("\u202e", "\ud800"),
            ("a@1", "2"),
            ("..", "?#"),
            ("x" * 5000, "y" * 5000),
        ),
    ],
)
def test_any_name_and_version(
    name: str, version: str, target_build: Callable[[], TargetBuild], tmp_path: Path
) -> None:
    build = target_build()
    folder = tmp_path / "app" / "node_modules" / "odd"
    folder.mkdir()
    manifest = {"name": name, "version": version, "license": f"{version} \x1b[2J"}
    (folder / "package.json").write_text(json.dumps(manifest))
    build = target_build()
    packages = packaged_packages(build.project, None)
    sbom = json.loads(write_sbom(build, packages, {}, None))
    validate(sbom)
    references = [one["bom-ref"] for one in sbom["components"]]
    assert len(set(references)) == len(references) == 6
    for one in packages:
        assert f"{one.label}{one.licence}".isprintable()


def test_spdx(target_build: Callable[[], TargetBuild], lockfile: Lockfile, tmp_path: Path) -> None:
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    build = target_build()
    packages = packaged_packages(build.project, lockfile)
    sbom = write_sbom(build, packages, PARTS, None)
    path = tmp_path / "app.spdx.json"
    path.write_bytes(spdx_of(sbom))
    assert spdx_of(sbom) == path.read_bytes()
    document = parse_file(str(path))
    assert validate_full_spdx_document(document) == []
    found = {package.name: package for package in document.packages}
    listed = json.loads(sbom)
    inside = [part for one in listed["components"] for part in one.get("components", ())]
    assert len(found) == 1 + len(listed["components"]) + len(inside)
    assert str(found["@s/one"].license_declared) == "MIT"
    assert found["@s/one"].version == "1.2.3"
    assert found["@s/one"].external_references[0].locator == "pkg:npm/%40s/one@1.2.3"
    assert found["@s/one"].checksums[0].value == "00" * 64
    assert str(found["app"].license_declared).startswith("LicenseRef-")  # UNLICENSED is no licence
    names = {package.spdx_id: package.name for package in document.packages}
    relations = {
        (
            names.get(one.spdx_element_id, ""),
            one.relationship_type.name,
            names[one.related_spdx_element_id],
        )
        for one in document.relationships
    }
    assert {
        ("", "DESCRIBES", "app"),
        ("app", "DEPENDS_ON", "@s/one"),
        ("@s/one", "DEPENDS_ON", "two"),
        ("node", "CONTAINS", "V8"),
    } <= relations, relations
