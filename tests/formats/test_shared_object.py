"""Facts of real addons and libraries, compared with LIEF and pefile; and what fits a target."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import lief
import pefile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rigs
from sealift.errors import FormatError
from sealift.formats.addon_compatibility import Surroundings, misfit, read_surroundings
from sealift.formats.native_magic import is_shared_object
from sealift.formats.shared_object import SharedObject, read_shared_object
from sealift.target import Arch, Platform

# One of each kind: node-addon-api in C++, napi-rs, plain C, a library, a program.
PACKAGES = (
    "@esbuild/linux-x64@0.28.2",
    "@esbuild/win32-x64@0.28.2",
    "@img/sharp-darwin-arm64@0.35.5",
    "@img/sharp-libvips-darwin-arm64@1.3.4",
    "@img/sharp-libvips-linux-x64@1.3.4",
    "@img/sharp-libvips-linuxmusl-x64@1.3.4",
    "@img/sharp-linux-arm64@0.35.5",
    "@img/sharp-win32-x64@0.35.5",
    "@node-rs/argon2-darwin-x64@2.2.1",
    "@node-rs/argon2-linux-x64-gnu@2.2.1",
    "@node-rs/argon2-linux-x64-musl@2.2.1",
    "@node-rs/argon2-win32-x64-msvc@2.2.1",
    "@parcel/watcher-linux-x64-musl@2.6.0",
    "@parcel/watcher-win32-arm64@2.6.0",
    "argon2@0.45.1",
    "bufferutil@4.1.0",
)
ELF_MACHINES = {
    lief.ELF.ARCH.X86_64: "x64",
    lief.ELF.ARCH.AARCH64: "arm64",
    lief.ELF.ARCH.ARM: "armv7",
}
MACHO_MACHINES = {
    lief.MachO.Header.CPU_TYPE.X86_64: "x64",
    lief.MachO.Header.CPU_TYPE.ARM64: "arm64",
}
PE_MACHINES = {0x14C: "x86", 0x8664: "x64", 0xAA64: "arm64"}
NODE_API = re.compile(r"_?(?:napi_|node_api_)")

Package = Callable[[str], Path]
NodeBinary = Callable[[str, str, str], Path]


def files_of(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                if is_shared_object(file.read(4)):
                    yield path


def facts_of(path: Path) -> SharedObject:
    with path.open("rb") as file:
        return read_shared_object(file, path.name)


def highest(versions: Iterator[str], prefix: str) -> tuple[int, ...]:
    numbers = [v.removeprefix(prefix) for v in versions if v.startswith(prefix)]
    return max((tuple(map(int, n.split("."))) for n in numbers if n[:1].isdigit()), default=())


def check_elf(path: Path, facts: SharedObject) -> None:
    elf = lief.ELF.parse(path)
    assert elf is not None
    assert facts.machines == {ELF_MACHINES[elf.header.machine_type]}
    assert facts.needed == tuple(elf.libraries)
    sought = [
        entry
        for entry in elf.dynamic_entries
        if isinstance(entry, (lief.ELF.DynamicEntryRpath, lief.ELF.DynamicEntryRunPath))
    ]
    assert facts.search_paths == tuple(p for e in sought for p in e.paths if p)
    required = [
        (need.name, version.name)
        for need in elf.symbols_version_requirement
        for version in need.get_auxiliary_symbols()
    ]
    assert facts.glibcxx == highest((v for _, v in required), "GLIBCXX_")
    assert facts.gcc == highest((v for _, v in required), "GCC_")
    foreign = (v for file, v in required if not file.startswith("libgcc_s"))
    assert facts.glibc == highest(foreign, "GLIBC_")
    imported = [s.name for s in elf.dynamic_symbols if s.shndx == 0]
    exported = [s.name for s in elf.dynamic_symbols if s.shndx != 0]
    assert facts.node_api == (
        any(NODE_API.match(str(name)) for name in imported) or "napi_register_module_v1" in exported
    )
    assert facts.node_cpp == any("_ZN2v8" in str(n) or "_ZN4node" in str(n) for n in imported)
    assert facts.is_program == (elf.header.file_type == lief.ELF.Header.FILE_TYPE.EXEC)


def check_macho(path: Path, facts: SharedObject) -> None:
    parsed = lief.MachO.parse(path)
    assert parsed is not None
    (macho,) = parsed
    assert facts.machines == {MACHO_MACHINES[macho.header.cpu_type]}
    load = lief.MachO.LoadCommand.TYPE
    needed = [c for c in macho.libraries if c.command != load.ID_DYLIB]
    assert facts.needed == tuple(c.name for c in needed)
    assert facts.search_paths == tuple(rpath.path for rpath in macho.rpaths)
    version = macho.build_version.minos if macho.has_build_version else macho.version_min.version
    assert facts.minimum_macos == tuple(version[:2])
    names = [str(s.name) for s in macho.symbols]
    assert facts.node_api == any(map(NODE_API.match, names))


def check_pe(path: Path, facts: SharedObject) -> None:
    pe = pefile.PE(str(path))
    assert facts.machines == {PE_MACHINES[pe.FILE_HEADER.Machine]}
    assert facts.is_program == (not pe.is_dll())
    imports = [
        *getattr(pe, "DIRECTORY_ENTRY_IMPORT", ()),
        *getattr(pe, "DIRECTORY_ENTRY_DELAY_IMPORT", ()),
    ]
    assert set(facts.needed) == {entry.dll.decode() for entry in imports}
    names = [item.name.decode() for entry in imports for item in entry.imports if item.name]
    exports = getattr(pe, "DIRECTORY_ENTRY_EXPORT", None)
    exported = [symbol.name for symbol in exports.symbols] if exports else []
    uses = any(map(NODE_API.match, names)) or b"napi_register_module_v1" in exported
    assert facts.node_api == uses


@pytest.mark.parametrize("package", PACKAGES)
def test_other_readers_see_the_same(package: str, npm_package: Package) -> None:
    paths = list(files_of(npm_package(package)))
    assert paths
    for path in paths:
        facts = facts_of(path)
        {"elf": check_elf, "macho": check_macho, "pe": check_pe}[facts.container](path, facts)


@pytest.mark.parametrize(
    ("package", "file", "libc"),
    [
        ("@node-rs/argon2-linux-x64-gnu@2.2.1", "argon2.linux-x64-gnu.node", "glibc"),
        ("@node-rs/argon2-linux-x64-musl@2.2.1", "argon2.linux-x64-musl.node", "musl"),
        ("@parcel/watcher-linux-x64-musl@2.6.0", "watcher.node", "musl"),
        ("argon2@0.45.1", "prebuilds/linux-arm64/argon2.armv8.musl.node", "musl"),
        ("argon2@0.45.1", "prebuilds/linux-arm64/argon2.armv8.glibc.node", "glibc"),
        ("argon2@0.45.1", "prebuilds/freebsd-x64/argon2.glibc.node", ""),
        ("@esbuild/linux-x64@0.28.2", "bin/esbuild", ""),
    ],
)
def test_c_library_as_the_files_are_named(
    package: str, file: str, libc: str, npm_package: Package
) -> None:
    assert facts_of(npm_package(package) / file).libc == libc


@pytest.mark.parametrize("major", ["22", "24", "26"])
def test_surroundings_are_those_that_node_reports(
    major: str, node_binary: NodeBinary, run_node: Callable[..., rigs.Completed]
) -> None:
    said = run_node(major, "-p", "process.versions.modules").stdout
    for platform, arch in (
        ("linux", "x64"),
        ("linux", "arm64"),
        ("macos", "arm64"),
        ("win", "x64"),
    ):
        path = node_binary(major, platform, arch)
        found = read_surroundings(path, Platform(platform), Arch(arch))
        assert found.module_version == int(said)
        if platform == "linux":
            elf = lief.ELF.parse(path)
            assert elf is not None
            required = (
                v.name
                for need in elf.symbols_version_requirement
                for v in need.get_auxiliary_symbols()
            )
            assert found.glibc == highest(required, "GLIBC_")


LINUX = Surroundings(Platform.LINUX, Arch.X64, "glibc", (2, 28), 137)
ALPINE = Surroundings(Platform.ALPINE, Arch.X64, "musl", (), 137)
STATIC = Surroundings(Platform.LINUXSTATIC, Arch.X64, "musl", (), 137)
WINDOWS = Surroundings(Platform.WIN, Arch.ARM64, "", (), 137)
MACOS = Surroundings(Platform.MACOS, Arch.ARM64, "", (), 137)


@pytest.mark.parametrize(
    ("package", "file", "target", "reason"),
    [
        ("bufferutil@4.1.0", "prebuilds/linux-x64/bufferutil.node", LINUX, None),
        ("bufferutil@4.1.0", "prebuilds/darwin-arm64/bufferutil.node", MACOS, None),
        ("@parcel/watcher-win32-arm64@2.6.0", "watcher.node", WINDOWS, None),
        ("@parcel/watcher-linux-x64-musl@2.6.0", "watcher.node", STATIC, None),
        ("@esbuild/linux-x64@0.28.2", "bin/esbuild", LINUX, None),
        ("@esbuild/linux-x64@0.28.2", "bin/esbuild", ALPINE, None),
        (
            "bufferutil@4.1.0",
            "prebuilds/win32-x64/bufferutil.node",
            WINDOWS,
            "is for Windows on x64, not for Windows on arm64",
        ),
        (
            "@img/sharp-linux-arm64@0.35.5",
            "lib/sharp-linux-arm64-0.35.5.node",
            MACOS,
            "is for Linux on arm64, not for macOS on arm64",
        ),
        (
            "bufferutil@4.1.0",
            "prebuilds/linux-x64/bufferutil.node",
            STATIC,
            "needs glibc; linuxstatic has musl's C library",
        ),
        (
            "@parcel/watcher-linux-x64-musl@2.6.0",
            "watcher.node",
            LINUX,
            "needs musl's C library; linux has glibc",
        ),
        (
            "argon2@0.45.1",
            "prebuilds/linux-x64/argon2.glibc.node",
            LINUX,
            "needs glibc 2.34 or newer; Node's own build needs 2.28, so on older systems the "
            "program starts without it",
        ),
    ],
)
def test_which_files_fit_which_targets(
    package: str, file: str, target: Surroundings, reason: str | None, npm_package: Package
) -> None:
    found = misfit(facts_of(npm_package(package) / file), target)
    assert (found and found.reason) == reason
    if found:
        assert found.nowhere == ("glibc 2.34" not in found.reason)


def addon_for(version: int) -> SharedObject:
    return SharedObject("elf", "linux", frozenset({"x64"}), module_version=version, node_cpp=True)


def test_addons_for_another_module_version_do_not_fit() -> None:
    assert misfit(addon_for(137), LINUX) is None
    found = misfit(addon_for(115), LINUX)
    assert found is not None
    assert found.reason == (
        "was built for NODE_MODULE_VERSION 115 (Node 20); the target's Node has "
        "NODE_MODULE_VERSION 137 (Node 24)"
    )
    assert found.nowhere


@pytest.fixture(scope="module")
def samples(npm_package: Package) -> list[bytes]:
    paths = [
        npm_package("bufferutil@4.1.0") / "prebuilds" / folder / "bufferutil.node"
        for folder in ("linux-x64", "darwin-x64", "win32-x64", "win32-ia32")
    ]
    folder = npm_package("deasync@0.1.32") / "bin"
    paths += [
        folder / f"{place}-node-8" / "deasync.node"
        for place in ("linux-x64", "linux-ia32", "darwin-x64", "win32-x64")
    ]
    return [path.read_bytes() for path in paths]


def read_or_refuse(data: bytes) -> None:
    try:
        found = read_shared_object(io.BytesIO(data))
    except FormatError as error:
        assert error.code in ("not-a-shared-object", "shared-object-broken")
        return
    assert found.container in ("elf", "macho", "pe")


@settings(max_examples=400, deadline=None)
@given(
    which=st.integers(0, 7),
    cut=st.integers(0, 8192),
    change=st.lists(st.tuples(st.integers(0, 8191), st.integers(0, 255)), max_size=8),
    cuts=st.booleans(),
)
def test_changed_files_are_read_or_refused(
    samples: list[bytes], which: int, cut: int, change: list[tuple[int, int]], cuts: bool
) -> None:
    data = bytearray(samples[which])
    for at, value in change:
        data[at % len(data)] = value
    read_or_refuse(bytes(data[:cut] if cuts else data))


@given(
    st.sampled_from([b"", b"\x7fELF\2\1", b"MZ", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe"]),
    st.binary(max_size=200),
)
def test_random_bytes_are_refused_or_read(magic: bytes, rest: bytes) -> None:
    read_or_refuse(magic + rest)


def test_a_universal_file_is_for_both_architectures(npm_package: Package, tmp_path: Path) -> None:
    folder = npm_package("bufferutil@4.1.0") / "prebuilds"
    parts = [
        (folder / name / "bufferutil.node").read_bytes() for name in ("darwin-x64", "darwin-arm64")
    ]
    path = tmp_path / "both.node"
    header, body, at = b"\xca\xfe\xba\xbe" + (2).to_bytes(4, "big"), b"", 0x4000
    for part, machine in zip(parts, (0x01000007, 0x0100000C), strict=True):
        fields = (machine, 0, at + len(body), len(part), 14)
        header += b"".join(field.to_bytes(4, "big") for field in fields)
        body += part + bytes(-len(part) % 0x4000)
    path.write_bytes(header.ljust(at, b"\0") + body)
    facts = facts_of(path)
    assert facts.machines == {"x64", "arm64"}
    assert facts.node_api
    assert facts.minimum_macos == (10, 7)


def test_a_large_library_takes_little_memory(npm_package: Package) -> None:
    import tracemalloc

    path = npm_package("@img/sharp-libvips-linux-x64@1.3.4") / "lib" / "libvips-cpp.so.8.18.7"
    assert path.stat().st_size > 15 << 20
    tracemalloc.start()
    facts_of(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20


def test_one_build_for_each_release_of_node(npm_package: Package) -> None:
    """The files' names contain the version for which they were built."""
    folder = npm_package("@datadog/pprof@5.20.0") / "prebuilds"
    paths = list(files_of(folder))
    assert len(paths) > 50
    for path in paths:
        facts = facts_of(path)
        (built_for,) = re.findall(r"abi(\d+)", path.name)
        assert (facts.node_cpp, facts.module_version) == (True, int(built_for)), path
        if path.parent.name == "linux-x64" and "musl" not in path.name:
            assert (misfit(facts, LINUX) is None) == (built_for == "137"), path


# NODE_MODULE_VERSION of the releases of whose builds some register themselves (Node's
# doc/abi_version_registry.json); the builds of that package for later ones use Node-API.
REGISTERING = {"0.11": 14, "4": 46, "5": 47, "6": 48, "7": 51, "8": 57, "9": 59}


@pytest.mark.parametrize(
    "place", ["linux-x64", "linux-ia32", "darwin-x64", "win32-x64", "win32-ia32"]
)
def test_addons_that_register_themselves(place: str, npm_package: Package) -> None:
    folder = npm_package("deasync@0.1.32") / "bin"
    seen = 0
    for major, version in REGISTERING.items():
        path = folder / f"{place}-node-{major}" / "deasync.node"
        if path.exists():
            facts = facts_of(path)
            assert (facts.module_version, facts.node_api) == (version, False), path
            seen += 1
    assert seen > 5
    for path in folder.glob(f"{place}-node-1[2-9]/deasync.node"):
        facts = facts_of(path)
        assert (facts.module_version, facts.node_api) == (None, True), path
