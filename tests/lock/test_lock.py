"""``sealift.lock``: what it holds, what does not match it, and files that are no locks."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sealift.errors import SealiftError
from sealift.lock import LOCK_NAME, apply, check, read_lock, write_lock
from sealift.options import BuildOptions, NodeOptions
from sealift.record import replace
from sealift.target import Arch, NodeRange, Platform, Target
from sealift.target_build import TargetBuild, TargetProject
from support.elf_builder import Shape
from support.executables import project_of, small_node

TARGET = "node26-linux-x64"
ENTRY = {"node": "26.1.2", "provider": "file", "sha256": "0" * 64}


@pytest.fixture
def record(tmp_path: Path) -> TargetBuild:
    """A target with its project and Node binary."""
    root = tmp_path / "app"
    root.mkdir()
    (root / "index.js").write_text("1")
    return TargetBuild(
        Target(NodeRange((26,)), Platform.LINUX, Arch.X64),
        tmp_path / "out",
        packaged=TargetProject("project 0", project_of(root, "index.js")),
        binary=small_node(tmp_path, Shape()),
    )


@pytest.fixture
def options(tmp_path: Path) -> Callable[..., BuildOptions]:
    def make(*, frozen: bool = False) -> BuildOptions:
        node = NodeOptions(cache=tmp_path / "cache")
        return BuildOptions(tmp_path / "app", frozen=frozen, node=node)

    return make


def written(root: Path, **changes: Any) -> None:
    entry = ENTRY | changes
    content = {"format": 1, "sealift": "0.0.1", "targets": {TARGET: entry}}
    (root / LOCK_NAME).write_text(json.dumps(content))


def test_what_is_written_is_read(record: TargetBuild, options: Callable[..., BuildOptions]) -> None:
    root = record.project.root
    path = write_lock(root, [record], options().node)
    first = path.read_bytes()
    (locked,) = apply([record], root, frozen=True)
    assert locked.locked is not None
    assert (locked.locked.version, locked.locked.sha256) == (
        *(record.node.version, record.node.sha256),
    )
    assert locked.findings == ()
    assert check([locked], options(frozen=True)) == (locked,)
    other = replace(record, target=replace(record.target, arch=Arch.ARM64))
    write_lock(root, [other], options().node)
    lock = read_lock(root)
    assert lock is not None
    assert list(lock.targets) == ["node26-linux-arm64", TARGET]
    path.unlink()
    assert write_lock(root, [record], options().node).read_bytes() == first


@pytest.mark.skipif(sys.platform == "win32", reason="missing: links without special rights")
@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_and_its_file_is_replaced_in_one_step(
    exists: bool, record: TargetBuild, options: Callable[..., BuildOptions], tmp_path: Path
) -> None:
    root, shared = record.project.root, tmp_path / "shared"
    shared.mkdir()
    path, kept, former = root / LOCK_NAME, shared / "kept.json", shared / "former"
    path.symlink_to(Path("..") / "shared" / "kept.json")
    if exists:
        written(root)
        former.hardlink_to(kept)
    assert write_lock(root, [record], options().node) == path
    assert path.is_symlink()
    lock = read_lock(root)
    assert lock is not None
    assert lock.targets[TARGET].sha256 == record.node.sha256
    if exists:
        assert json.loads(former.read_bytes())["targets"][TARGET] == ENTRY  # not written to
    left = {"kept.json", "former"} if exists else {"kept.json"}
    assert {one.name for one in shared.iterdir()} == left


@pytest.mark.skipif(sys.platform == "win32", reason="missing: links without special rights")
def test_a_link_into_a_directory_that_does_not_exist(
    record: TargetBuild, options: Callable[..., BuildOptions]
) -> None:
    root = record.project.root
    (root / LOCK_NAME).symlink_to(root / "none" / "kept.json")
    with pytest.raises(SealiftError) as caught:
        write_lock(root, [record], options().node)
    assert caught.value.code == "lock-unwritable"
    assert (root / LOCK_NAME).is_symlink()


def test_without_a_lock(record: TargetBuild) -> None:
    assert apply([record], record.project.root, frozen=False) == (record,)
    with pytest.raises(SealiftError) as caught:
        apply([record], record.project.root, frozen=True)
    assert caught.value.code == "lock-missing"


def test_a_target_that_is_not_locked(record: TargetBuild) -> None:
    root = record.project.root
    written(root)
    other = replace(record, target=replace(record.target, arch=Arch.ARM64))
    (noted,) = apply([other], root, frozen=False)
    assert [one.code for one in noted.findings] == ["lock-outdated"]
    with pytest.raises(SealiftError, match="does not list node26-linux-arm64"):
        apply([other], root, frozen=True)


@pytest.mark.parametrize("frozen", [False, True])
def test_another_binary_is_always_an_error(
    frozen: bool, record: TargetBuild, options: Callable[..., BuildOptions]
) -> None:
    root = record.project.root
    written(root, node=str(record.node.version))
    builds = apply([record], root, frozen)
    with pytest.raises(SealiftError) as caught:
        check(builds, options(frozen=frozen))
    assert (caught.value.code, "0" * 64 in caught.value.message) == ("lock-mismatch", True)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"addons": {"a@1.0.0": "sha512-AAAA"}}, "a@1.0.0 in the lock only"),
        ({"musl": "1" * 64}, "musl"),
        ({"libraries": {"libstdc++.so.6": "1" * 64}}, "libstdc++.so.6"),
    ],
)
def test_what_else_differs_is_an_error_of_frozen_builds(
    changes: dict[str, Any],
    what: str,
    record: TargetBuild,
    options: Callable[..., BuildOptions],
) -> None:
    root = record.project.root
    written(root, node=str(record.node.version), sha256=record.node.sha256, **changes)
    (build,) = apply([record], root, frozen=True)
    assert [one.code for one in build.findings] == ["lock-other-sealift"]
    with pytest.raises(SealiftError) as caught:
        check([build], options(frozen=True))
    assert (caught.value.code, what in caught.value.message) == ("lock-mismatch", True)
    (noted,) = check([build], options())
    assert what in noted.findings[-1].message


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "truncated"),
        (b"\xff", "JSON"),
        (b"<<<<<<< HEAD\n{}", "merge conflict"),
        (b"[" * 50, "nested"),
        (b"{" + b" " * (5 << 20) + b"}", "larger than"),
        (b'{"format": 2, "new": true}', "format 2"),
        (b'{"format": 1' + b"0" * 50 + b"}", "format 1000"),
        (b'{"format": 1' + b"0" * 5000 + b"}", "JSON"),
        (b'{"format": 1,}', "it is not JSON: trailing comma"),
    ],
)
def test_files_that_are_no_locks(content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).write_bytes(content)
    with pytest.raises(SealiftError) as caught:
        read_lock(tmp_path)
    assert (caught.value.code, reason in caught.value.message) == ("lock-unreadable", True)


def target_with(**changes: Any) -> dict[str, Any]:
    return {"format": 1, "sealift": "", "targets": {TARGET: ENTRY | changes}}


RELEASE = "must be a Node release, such as 24.19.0, not"
DIGEST = "must be a SHA-256 digest of 64 hexadecimal digits in lower case, not"
INTEGRITY = (
    "must be an integrity as npm writes it, which begins with sha512-, sha384-, sha256- or sha1-,"
    " not"
)
WRITER = "sealift must be a version of sealift of up to 100 characters, not"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([], "it must be an object, not []"),
        (None, "it must be an object, not null"),
        ({}, "it has no format"),
        ({"format": 1}, "it has no sealift"),
        ({"format": 1, "sealift": ""}, "it has no targets"),
        (target_with() | {"more": 1}, 'it has "more", which is none of format, sealift, targets'),
        (target_with() | {"format": 0}, "format must be 1, not 0"),
        (target_with() | {"format": "1"}, 'format must be 1, not "1"'),
        (target_with() | {"format": True}, "format must be 1, not true"),
        (target_with() | {"format": 1.0}, "format must be 1, not 1.0"),
        (target_with() | {"sealift": 1}, f"{WRITER} 1"),
        (target_with() | {"sealift": "9" * 101}, f'{WRITER} "{"9" * 59}…'),
        (target_with() | {"targets": []}, "targets must be an object, not []"),
        (
            target_with() | {"targets": {"9" * 101: ENTRY}},
            f'targets has a name of more than 100 characters: "{"9" * 59}…',
        ),
        (target_with() | {"targets": {TARGET: 1}}, "TARGET must be an object, not 1"),
        (target_with() | {"targets": {TARGET: {}}}, "TARGET has no node"),
        (target_with() | {"targets": {TARGET: {"node": "26.1.2"}}}, "TARGET has no provider"),
        (
            target_with() | {"targets": {TARGET: {"node": "26.1.2", "provider": "npm"}}},
            "TARGET has no sha256",
        ),
        (
            target_with(more=1),
            'TARGET has "more", which is none of node, provider, sha256, musl, libraries, addons',
        ),
        (target_with(node="26"), f'TARGET.node {RELEASE} "26"'),
        (target_with(node="99999.0.0"), f'TARGET.node {RELEASE} "99999.0.0"'),
        (target_with(node="1.2.3\n"), f'TARGET.node {RELEASE} "1.2.3\\n"'),
        (target_with(node="1.2.\u0663"), f'TARGET.node {RELEASE} "1.2.\\u0663"'),
        (target_with(node=26), f"TARGET.node {RELEASE} 26"),
        (
            target_with(provider="../x"),
            'TARGET.provider must be the name of a provider, such as npm, not "../x"',
        ),
        (target_with(sha256="0" * 63), f'TARGET.sha256 {DIGEST} "{"0" * 59}…'),
        (target_with(sha256=""), f'TARGET.sha256 {DIGEST} ""'),
        (target_with(musl="x"), f'TARGET.musl {DIGEST} "x"'),
        (target_with(musl=None), f"TARGET.musl {DIGEST} null"),
        (target_with(libraries=[]), "TARGET.libraries must be an object, not []"),
        (target_with(libraries={"l.so": "A" * 64}), f'TARGET.libraries["l.so"] {DIGEST} "AAAA'),
        (target_with(addons=None), "TARGET.addons must be an object, not null"),
        (target_with(addons={"a@1": "md5-x"}), f'TARGET.addons["a@1"] {INTEGRITY} "md5-x"'),
        (target_with(addons={"a@1": 1}), f'TARGET.addons["a@1"] {INTEGRITY} 1'),
    ],
)
def test_what_no_lock_has_is_said_with_its_place_and_in_words(
    content: object, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / LOCK_NAME
    path.write_text(json.dumps(content))
    with pytest.raises(SealiftError) as caught:
        read_lock(tmp_path)
    place = sentence.replace("TARGET", f'targets["{TARGET}"]')
    assert caught.value.code == "lock-unreadable"
    assert f"The lock {path} cannot be used: {place}" in caught.value.message


def test_a_release_that_its_target_cannot_have(record: TargetBuild) -> None:
    written(record.project.root, node="24.19.0")
    with pytest.raises(SealiftError, match=f"{TARGET} cannot have Node 24.19.0") as caught:
        apply([record], record.project.root, frozen=False)
    assert caught.value.code == "lock-unreadable"


def test_a_directory_in_its_place(tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).mkdir()
    with pytest.raises(SealiftError, match="cannot be used"):
        read_lock(tmp_path)
