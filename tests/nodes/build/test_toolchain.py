"""Which compilers and options are used for which machine; nothing is compiled here."""

from __future__ import annotations

import os
import shlex
import sys
from functools import partial
from pathlib import Path

import pytest

from nodes.build.fake_compiler import compiler
from nodes.build.stand_in import HOST_MACHINE, make_tree
from sealift.errors import NodeError
from sealift.nodes.build import compilers, estimate, toolchain
from sealift.nodes.build.configure import Recipe, recipe_for, refuse_foreign, with_jobs
from sealift.nodes.build.toolchain import Toolchain
from sealift.target import Arch, NodeVersion, Platform
from sealift.tools.subprocesses import run

LINUX = (Platform.LINUX, Arch.X64)
NODE_22, NODE_26 = NodeVersion(22, 20, 0), NodeVersion(26, 1, 0)

_NARROW = (Arch.ARMV7, Arch.ARMV6, Arch.X86)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only directory that is searched for compilers; what those here need is found besides."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("sh", "cat", "cp", "true"):
        (folder / name).symlink_to(f"/bin/{name}")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(toolchain.importlib.util, "find_spec", lambda name: None)
    return folder


def test_a_real_compiler_is_identified(host_compiler: None) -> None:
    found = compilers.identify(["gcc"], ["g++"])
    assert found is not None
    assert found.machine == HOST_MACHINE
    number = run(["g++", "-dumpfullversion", "-dumpversion"]).split(".")
    assert found.version == (int(number[0]), int(number[1]))
    assert compilers.problem(found, runs=True) == ""


@pytest.mark.parametrize(
    ("machine", "name"),
    [
        ((Platform.LINUX, Arch.ARM64), "aarch64-linux-gnu-g++"),
        ((Platform.LINUX, Arch.ARMV7), "arm-linux-gnueabihf-g++"),
        ((Platform.LINUX, Arch.ARMV6), "armv6-linux-gnueabihf-g++"),
        ((Platform.LINUX, Arch.PPC64), "powerpc64le-linux-gnu-g++"),
        ((Platform.LINUX, Arch.S390X), "s390x-linux-gnu-g++"),
        ((Platform.LINUX, Arch.RISCV64), "riscv64-linux-gnu-g++"),
        ((Platform.LINUX, Arch.LOONG64), "loongarch64-linux-gnu-g++"),
        ((Platform.ALPINE, Arch.X64), "x86_64-linux-musl-g++"),
        ((Platform.ALPINE, Arch.ARM64), "aarch64-alpine-linux-musl-g++"),
        ((Platform.ALPINE, Arch.ARMV7), "armv7l-linux-musleabihf-g++"),
    ],
)
def test_cross_compiler_is_found_by_its_name(
    programs: Path, tmp_path: Path, machine: toolchain.Machine, name: str
) -> None:
    compiler(programs, "g++", Arch.X64)
    compiler(programs, name, machine[1], libc="musl" if machine[0] == "alpine" else "gnu")
    (programs / name.replace("g++", "ar")).symlink_to("/bin/true")
    found = toolchain.choose_toolchain(machine, LINUX, NODE_26)
    assert isinstance(found, Toolchain)
    assert found.target.machine == machine
    assert found.target.cxx == (name,)
    assert found.host is not None
    assert found.host.cxx == (("g++", "-m32") if machine[1] in _NARROW else ("g++",))
    recipe = recipe_for(machine, found)
    assert "--cross-compiling" in recipe.configure
    assert recipe.environment["AR"] == name.replace("g++", "ar")
    assert recipe.environment["CXX_host"] == " ".join(found.host.cxx)
    assert [option for option in recipe.configure if "static" in option] == {
        # Merged with musl by sealift.
        (Platform.ALPINE, Arch.X64): ["--partly-static"],
        (Platform.ALPINE, Arch.ARM64): ["--partly-static"],
        (Platform.ALPINE, Arch.ARMV7): ["--fully-static"],
    }.get(machine, [])
    assert configured(recipe, tmp_path)


def configured(recipe: Recipe, tmp_path: Path) -> bool:
    """Have the stand-in's configure look at the options: it takes those that Node's takes."""
    tree = make_tree(tmp_path / "tree", tmp_path)
    run(recipe.configure, directory=tree)
    return (tree / "out/Makefile").exists()


def test_zig_makes_programs_for_other_machines(programs: Path, tmp_path: Path) -> None:
    compiler(programs, "g++", Arch.X64)
    compiler(programs, "zig", Arch.ARM64, libc="musl")
    found = toolchain.choose_toolchain((Platform.ALPINE, Arch.ARM64), LINUX, NODE_26)
    assert isinstance(found, Toolchain)
    zig = str(programs / "zig")
    assert found.target.cxx == (zig, "c++", "-target", "aarch64-linux-musl")
    assert found.tools["AR"] == f"{zig} ar"
    recipe = recipe_for((Platform.ALPINE, Arch.ARM64), found)
    assert "--partly-static" in recipe.configure
    assert configured(recipe, tmp_path)


def test_zig_compiles_for_the_host_too(programs: Path) -> None:
    # Its answers are those of a gcc for 32-bit x86 whenever that is what it is asked for.
    compiler(programs, "zig", Arch.ARMV7)
    script = (programs / "zig").read_text()
    muslish = script.replace("#define __GLIBC__ 2\n", "").replace("/zig", "/true")
    (programs / "musl").write_text(muslish)
    (programs / "musl").chmod(0o755)
    choice = 'case " $* " in *-musl*) exec musl "$@" ;; esac\n'
    (programs / "zig").write_text(script.replace("#!/bin/sh\n", "#!/bin/sh\n" + choice))
    found = toolchain.choose_toolchain((Platform.LINUX, Arch.ARMV7), LINUX, NODE_26)
    assert isinstance(found, Toolchain)
    assert found.host is not None
    assert found.target.cxx[3:] == ("arm-linux-gnueabihf.2.28", "-mcpu=generic+v7a")
    assert found.host.cxx[3:] == ("x86-linux-musl",)
    assert found.tools["AR_host"] == f"{programs / 'zig'} ar"


def test_newer_one_of_several_is_used(programs: Path) -> None:
    compiler(programs, "g++", Arch.X64, (12, 2))
    compiler(programs, "g++-13", Arch.X64, (13, 3))
    old = toolchain.choose_toolchain(LINUX, LINUX, NODE_22)
    new = toolchain.choose_toolchain(LINUX, LINUX, NODE_26)
    assert isinstance(old, Toolchain)
    assert isinstance(new, Toolchain)
    assert (old.target.cxx, new.target.cxx) == (("g++",), ("g++-13",))
    assert new.target.cc == ("gcc-13",)
    assert new.host is None
    assert "--no-cross-compiling" in recipe_for(LINUX, new).configure


def test_too_old_compiler_is_named_with_what_is_needed(programs: Path) -> None:
    compiler(programs, "g++", Arch.X64, (12, 2))
    found = toolchain.choose_toolchain(LINUX, LINUX, NODE_26)
    assert isinstance(found, list)
    (lack,) = found
    assert "g++ (gcc 12.2 for linux-x64) is older than 13.2" in lack.what
    assert "apt-get install g++" in lack.remedy


def test_compilers_of_the_environment_come_first_and_are_checked(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler(programs, "g++", Arch.X64)
    compiler(programs, "my-g++", Arch.ARM64)
    monkeypatch.setenv("CC", "my-gcc -O1")
    monkeypatch.setenv("CXX", "my-g++ -O1")
    arm = toolchain.choose_toolchain((Platform.LINUX, Arch.ARM64), LINUX, NODE_26)
    assert isinstance(arm, Toolchain)
    assert recipe_for((Platform.LINUX, Arch.ARM64), arm).environment["CXX"] == "my-g++ -O1"
    wrong = toolchain.choose_toolchain(LINUX, LINUX, NODE_26)
    assert isinstance(wrong, list)
    assert "for linux-arm64) is for another machine" in wrong[0].what


def test_both_missing_compilers_are_named(programs: Path) -> None:
    found = toolchain.choose_toolchain((Platform.LINUX, Arch.ARMV7), LINUX, NODE_22)
    assert isinstance(found, list)
    target, host = found
    assert "linux-armv7" in target.what
    assert "g++-arm-linux-gnueabihf" in target.remedy
    assert "linux-x86" in host.what
    assert "g++-multilib" in host.remedy


def test_a_compiler_for_armv7_is_not_proposed_for_armv6(programs: Path) -> None:
    found = toolchain.choose_toolchain((Platform.LINUX, Arch.ARMV6), LINUX, NODE_22)
    assert isinstance(found, list)
    assert "ziglang" in found[0].remedy
    assert "apt-get" not in found[0].remedy


def test_a_compiler_that_does_not_work_is_reported(programs: Path) -> None:
    compiler(programs, "g++", Arch.X64)
    fails = 'case " $* " in *" -dM "*) ;; *) echo "error: no <string>" >&2; exit 1;; esac'
    (programs / "g++").write_text((programs / "g++").read_text() + fails)
    found = toolchain.choose_toolchain(LINUX, LINUX, NODE_22)
    assert isinstance(found, list)
    assert "does not work: error: no <string>" in found[0].what


@pytest.mark.parametrize(
    ("machine", "host", "system"),
    [
        ((Platform.MACOS, Arch.ARM64), LINUX, "macOS"),
        ((Platform.WIN, Arch.X64), LINUX, "Windows"),
        ((Platform.FREEBSD, Arch.X64), LINUX, "FreeBSD"),
        (LINUX, (Platform.MACOS, Arch.ARM64), "Linux"),
        ((Platform.ALPINE, Arch.X64), (Platform.WIN, Arch.X64), "Linux"),
    ],
)
def test_a_refused_target_names_the_system_that_can_compile_it(
    machine: toolchain.Machine, host: toolchain.Machine, system: str
) -> None:
    with pytest.raises(NodeError) as caught:
        refuse_foreign(machine, host)
    assert caught.value.code == "build-impossible"
    assert f"on {system}" in caught.value.remedy
    refuse_foreign(machine, machine)


def test_recipes_differ_by_machine_and_not_by_jobs(programs: Path) -> None:
    compiler(programs, "g++", Arch.X64)
    found = toolchain.choose_toolchain(LINUX, LINUX, NODE_26)
    assert isinstance(found, Toolchain)
    recipe = recipe_for(LINUX, found)
    assert recipe.configure[:2] == (sys.executable, "configure")
    assert with_jobs(recipe, 3)[:2] == ("make", "-j3")
    compiler(programs, "ccache", Arch.X64)
    again = recipe_for(LINUX, found)
    assert again.environment["CXX"] == "ccache g++"
    assert again.digest != recipe.digest


def test_windows_is_made_by_its_own_script(programs: Path) -> None:
    arm, x64 = (recipe_for((Platform.WIN, arch), None) for arch in (Arch.ARM64, Arch.X64))
    assert shlex.join(arm.make) == "cmd /c vcbuild.bat arm64 no-cctest"
    assert shlex.join(x64.make) == "cmd /c vcbuild.bat x64 no-cctest openssl-no-asm"
    assert arm.result.endswith("node.exe")


def test_jobs_follow_cores_and_memory() -> None:
    gigabyte = 10**9
    assert estimate.jobs_for(8, 64 * gigabyte) == 8
    assert estimate.jobs_for(8, 8 * gigabyte) == 4
    assert estimate.jobs_for(8, gigabyte) == 1
    assert estimate.jobs_for(8, 0) == 8
    own = partial(estimate.estimate, Platform.LINUX, False)
    assert own(3).jobs == 3
    assert own(1_000_000).jobs == 4096  # more and make hangs
    assert own(-3).jobs >= 1


def test_estimate_follows_jobs_and_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimate, "cores", lambda: 8)
    own = estimate.estimate(Platform.LINUX, False, 4)
    assert own.hours == (0.75, 3.0)
    assert str(own) == "0.8 to 3.0 hours with 4 jobs, 3 GB of disk"
    other = estimate.estimate(Platform.LINUX, True, 4)
    assert (other.hours, other.disk) == ((1.5, 6.0), 2 * own.disk)
    # What there are no cores for takes no less time.
    many = estimate.estimate(Platform.LINUX, False, 64)
    assert many.hours == estimate.estimate(Platform.LINUX, False, 8).hours
    assert str(many).startswith("22 to 90 minutes with 64 jobs")
    assert estimate.estimate(Platform.MACOS, False, 4).disk > own.disk


def test_used_disk_counts_blocks(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(os.urandom(1 << 20))
    assert 1 << 20 <= estimate.used_disk(tmp_path) < 2 << 20
    assert estimate.used_disk(tmp_path / "nothing") == 0
