"""A cache that another user could change is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sealift.cache import Store, is_trusted_below
from sealift.errors import NodeError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no owners of this kind")

NOBODY = 65534


def code_of(root: Path) -> str:
    try:
        Store(root)
    except NodeError as error:
        assert str(root) in error.message
        assert "--cache" in error.remedy
        return error.code
    return ""


def give_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make ``path`` belong to another user than the one who runs sealift."""
    if os.geteuid() == 0:
        os.chown(path, NOBODY, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: NOBODY)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "above" / "cache"
    root.mkdir(parents=True, mode=0o700)
    return root


def test_own_and_missing_directories(root: Path) -> None:
    assert code_of(root) == ""
    assert code_of(root / "missing" / "below") == ""
    root.chmod(0o755)
    assert code_of(root) == ""


@pytest.mark.parametrize("mode", [0o777, 0o722, 0o702, 0o1777])
@pytest.mark.parametrize("which", ["cache", "above"])
def test_writable_by_others(which: str, mode: int, root: Path) -> None:
    path = root if which == "cache" else root.parent
    path.chmod(mode)
    # The sticky bit protects a cache below, but not what is in the cache itself.
    allowed = which == "above" and mode == 0o1777
    assert code_of(root) == ("" if allowed else "cache-untrusted")
    path.chmod(0o700)
    assert code_of(root) == ""


def test_a_missing_cache_in_a_directory_that_others_write_to(root: Path) -> None:
    root.chmod(0o777)
    assert code_of(root / "missing") == "cache-untrusted"


@pytest.mark.parametrize("which", ["cache", "above"])
def test_owned_by_another_user(which: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give_away(root if which == "cache" else root.parent, monkeypatch)
    with pytest.raises(NodeError, match="owns") as raised:
        Store(root)
    assert raised.value.code == "cache-untrusted"


def test_what_a_link_leads_to_counts(root: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(root)
    assert code_of(link) == ""
    root.chmod(0o777)
    assert code_of(link) == "cache-untrusted"
    root.chmod(0o700)
    root.parent.chmod(0o777)
    assert code_of(link) == "cache-untrusted"


@pytest.mark.skipif(os.geteuid() != 0 if os.name != "nt" else True, reason="not root")
def test_a_link_of_another_user(root: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    link = shared / "link"
    link.symlink_to(root)
    os.chown(link, NOBODY, -1, follow_symlinks=False)
    assert code_of(link) == "cache-untrusted"


def test_a_circle_of_links(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert code_of(tmp_path / "a" / "cache") == ""


def test_the_private_group_of_a_user(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Systems with umask 002 give each user a group of the same name."""
    import grp
    import pwd

    root.chmod(0o770)
    user = pwd.getpwuid(os.geteuid()).pw_name

    def group(members: list[str], name: str = user) -> None:
        entry = grp.struct_group((name, "x", root.stat().st_gid, members))
        monkeypatch.setattr(grp, "getgrgid", lambda number: entry)

    group([])
    assert code_of(root) == ""
    group([user])
    assert code_of(root) == ""
    group([user, "another"])
    assert code_of(root) == "cache-untrusted"
    group([], "staff")
    assert code_of(root) == "cache-untrusted"


@pytest.mark.parametrize("mode", [0o777, 0o702])
def test_a_directory_in_the_cache_that_others_can_change(root: Path, mode: int) -> None:
    entry = root / "nodes" / "24"
    entry.mkdir(parents=True, mode=0o700)
    assert is_trusted_below(root, entry)
    assert not is_trusted_below(root, entry / "missing")
    for path in (entry, entry.parent):
        path.chmod(mode)
        assert not is_trusted_below(root, entry)
        path.chmod(0o700)
    link = root / "link"
    link.symlink_to(entry)
    assert not is_trusted_below(root, link)
    if os.geteuid() == 0:
        os.chown(entry.parent, NOBODY, -1)
        assert not is_trusted_below(root, entry)
