"""The image's writer against its reader, and the reader against damage."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rigs.capability import lacking
from sealift.errors import FormatError, OutputError, ProjectError
from sealift.model import (
    PackagedFiles,
    Project,
    ProjectFile,
    ProjectSymlink,
    Reason,
    ReasonKind,
    Resolution,
    ResolutionKind,
    Role,
    SilentObserver,
)
from sealift.payload import pack
from sealift.payload.table_reader import Kind, Record, read_table


def file_of(
    path: Path, location: str, role: Role = Role.ASSET, *resolutions: Resolution
) -> ProjectFile:
    stat = path.stat()
    return ProjectFile(
        source=path,
        location=location,
        role=role,
        size=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
        mode=stat.st_mode & 0o777,
        reason=Reason(ReasonKind.ENTRY),
        resolutions=resolutions,
    )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "proj"
    root.mkdir()
    for name, data in {
        "index.js": b"require('./a')",
        "a.js": "'caf\u00e9'".encode(),
        "a-b": b"",
        "\U0001f600.txt": b"x",
        "\uff21.txt": b"y",
    }.items():
        (root / name).write_bytes(data)
    return Project(
        name="proj",
        version="1.0.0",
        root=root,
        entry="proj/index.js",
        files=(
            file_of(
                root / "index.js",
                "proj/index.js",
                Role.COMMONJS,
                Resolution(ResolutionKind.REQUIRE, "./a", "proj/a/a.js"),
                Resolution(ResolutionKind.REQUIRE, "gone", None),
                Resolution(ResolutionKind.IMPORT, "#x", "proj/index.js"),
            ),
            file_of(root / "a.js", "proj/a/a.js", Role.COMMONJS),
            file_of(root / "a-b", "proj/a-b"),
            file_of(root / "\U0001f600.txt", "proj/\U0001f600.txt"),
            file_of(root / "\uff21.txt", "proj/\uff21.txt"),
        ),
        symlinks=(ProjectSymlink("proj/link", "a/a.js"),),
        directories=("proj/empty",),
    )


def packed(project: Project, directory: Path) -> dict[str, bytes]:
    directory.mkdir(exist_ok=True)
    return contents(pack(project, [("table.js", b"1")], "9.9.9", directory, SilentObserver()))


def contents(image: PackagedFiles) -> dict[str, bytes]:
    return {
        asset.key: asset.data if asset.data is not None else asset.path.read_bytes()  # type: ignore[union-attr]
        for asset in image.assets
    }


def test_what_is_written_is_what_is_read(project: Project, tmp_path: Path) -> None:
    assets = packed(project, tmp_path / "work")
    files = assets["sealift/files"]
    records = {
        r.location: r
        for r in read_table(assets["sealift/table"], assets["sealift/links"], len(files))
    }
    for file in project.files:
        record = records[file.location]
        assert files[record.offset : record.offset + record.size] == file.source.read_bytes()
        assert record.role == file.role
    assert records["proj/index.js"].links == {
        "require": {"./a": "proj/a/a.js", "gone": None},
        "import": {"#x": "proj/index.js"},
    }
    assert records["proj/index.js"].ascii
    assert not records["proj/a/a.js"].ascii
    assert records["proj/link"].kind == Kind.SYMLINK
    assert records["proj/link"].target == "a/a.js"
    assert records["proj/empty"].kind == Kind.DIRECTORY
    assert assets["sealift/runtime/table.js"] == b"1"


def test_children_are_sorted_by_the_bytes_of_their_names(project: Project, tmp_path: Path) -> None:
    assets = packed(project, tmp_path / "work")
    records = read_table(assets["sealift/table"], assets["sealift/links"], 1 << 20)
    names = [
        r.location for r in records if r.location.startswith("proj/") and "a/a" not in r.location
    ]
    # UTF-16 order, JavaScript's own, would put the emoji before the full-width letter.
    assert names[-2:] == ["proj/\uff21.txt", "proj/\U0001f600.txt"]


def test_two_runs_give_the_same_bytes(project: Project, tmp_path: Path) -> None:
    first = packed(project, tmp_path / "one")
    project.files[0].source.chmod(0o600)  # the umask of the checkout must not matter
    assert packed(project, tmp_path / "two") == first


@pytest.mark.parametrize(
    "change", [lambda p: p.write_bytes(b"longer than it was"), lambda p: os.utime(p, (1, 1))]
)
def test_a_changed_file_is_refused(
    project: Project, tmp_path: Path, change: Callable[[Path], object]
) -> None:
    change(project.files[0].source)
    with pytest.raises(ProjectError, match=r"index\.js changed"):
        packed(project, tmp_path / "work")


def test_a_vanished_file_is_named(project: Project, tmp_path: Path) -> None:
    project.files[0].source.unlink()
    with pytest.raises(ProjectError, match=r"index\.js cannot be read"):
        packed(project, tmp_path / "work")


def test_a_full_disk_is_reported(project: Project) -> None:
    if not Path("/dev/full").exists():
        lacking("/dev/full")

    class FullDirectory(type(Path())):  # type: ignore[misc]
        def __truediv__(self, name: object) -> Path:
            return Path("/dev/full")

    with pytest.raises(OutputError, match="No space left"):
        pack(project, [], "1", FullDirectory("/dev"), SilentObserver())


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.binary(max_size=50))
def test_arbitrary_bytes_raise_only_our_error(table: bytes, links: bytes) -> None:
    for data in (table, b"SLT2" + table):
        with pytest.raises(FormatError):
            read_table(data, links, 100)


def test_every_flipped_byte_is_refused_or_leaves_a_sound_tree(
    project: Project, tmp_path: Path
) -> None:
    """A table has no checksum: a mode may change unseen, but no record may point elsewhere."""
    assets = packed(project, tmp_path / "work")
    table, links = assets["sealift/table"], assets["sealift/links"]
    size = len(assets["sealift/files"])
    _assert_sound(read_table(table, links, size), size)
    read, refused = 0, 0
    for damaged in (
        *((data, links) for data in _flipped(table)),
        *((table, data) for data in _flipped(links)),
    ):
        try:
            records = read_table(*damaged, size)
        except FormatError:
            refused += 1
            continue
        read += 1
        _assert_sound(records, size)
    assert min(read, refused) > 100


def _assert_sound(records: tuple[Record, ...], size: int) -> None:
    """The records form one tree, and everything that one of them names is there."""
    locations = [record.location for record in records]
    directories = {record.location for record in records if record.kind == Kind.DIRECTORY}
    assert locations[0] == ""
    assert len(set(locations)) == len(locations)
    for record in records[1:]:
        assert record.location.rpartition("/")[0] in directories
        if record.kind == Kind.FILE and not record.source_left_out:
            assert 0 <= record.offset <= record.offset + record.size <= size
        targets = {target for kind in record.links.values() for target in kind.values()}
        assert targets <= {None, *locations}


def _flipped(data: bytes) -> list[bytes]:
    return [
        data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
        for at in range(len(data))
        for bit in (1, 0x80)
    ]


def test_equal_contents_are_stored_once(tmp_path: Path) -> None:
    root = tmp_path / "proj"
    root.mkdir()
    for name, data in {
        "a.txt": b"the same bytes",
        "b.txt": b"the same bytes",
        "c.txt": b"the SAME bytes",
        "d.txt": b"",
        "e.txt": b"",
        "f.txt": b"the same bytes",
    }.items():
        (root / name).write_bytes(data)
    os.link(root / "a.txt", root / "g.txt")
    names = sorted(path.name for path in root.iterdir())
    files = tuple(file_of(root / name, f"proj/{name}") for name in names)
    project = Project("proj", "1.0.0", root, "proj/a.txt", files)
    packed = pack(project, (), "0.1.0", tmp_path, SilentObserver())
    assets = {asset.key: asset for asset in packed.assets}
    path = assets["sealift/files"].path
    assert path is not None
    assert path.read_bytes() == b"the same bytesthe SAME bytes"
    table, links = assets["sealift/table"].data, assets["sealift/links"].data
    assert table is not None and links is not None
    read = {
        record.location: path.read_bytes()[record.offset : record.offset + record.size]
        for record in read_table(table, links, packed.total_size)
        if record.kind == Kind.FILE
    }
    assert read == {f"proj/{name}": (root / name).read_bytes() for name in names}
