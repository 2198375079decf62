"""Compile musl on any host, by the rules of musl's own Makefile.

The Makefile compiles every ``src/*/*.c``, those of the chosen malloc and of ``ldso``; a file of the
same name in a subdirectory named after the architecture replaces the general one; three headers are
generated. The Makefile's other results (``libc.a``, start files) are not needed here.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from msgspec import Struct

from sealift.host import cores
from sealift.model import Observer
from sealift.musl import changes, musl_source
from sealift.target import Arch
from sealift.zig import VERSION, Zig

_RULES = 1
"""Increase it when a change in this file changes the bytes of the compiled musl."""

_INCLUDES = (
    *("arch/{arch}", "arch/generic", "obj/src/internal", "src/include", "src/internal"),
    *("obj/include", "include"),
)
_CFLAGS = (
    *("-std=c99", "-nostdinc", "-ffreestanding", "-frounding-math", "-fno-strict-aliasing"),
    *("-D_XOPEN_SOURCE=700", "-O2", "-fPIC", "-fomit-frame-pointer", "-fno-stack-protector"),
    *("-fno-unwind-tables", "-fno-asynchronous-unwind-tables", "-Wa,--noexecstack"),
    *("-ffunction-sections", "-fdata-sections", "-Qunused-arguments", "-w"),
)
_LINK = (
    *("-shared", "-e", "_dlstart", "-soname", "libc.so", "-s", "--no-undefined", "--gc-sections"),
    *("--hash-style=both", "-Bsymbolic-functions", "--dynamic-list=dynamic.list"),
    *("--build-id=none", "-z", "noexecstack", "-z", "relro", "-z", "separate-code"),
)


class Machine(Struct, frozen=True):
    """How to compile for an architecture; part of `identity`, fields and names included.

    Attributes:
        name: as musl and clang call it.
        page: largest page size in bytes; segments are that far apart.
        runtime: files of zig's compiler runtime with the functions that clang calls and musl
            lacks. The complete runtime would hide musl's own functions of the same names.
    """

    name: str
    page: int
    flags: tuple[str, ...]
    runtime: tuple[str, ...]

    @property
    def triple(self) -> str:
        """The name of the target for clang and zig."""
        return f"{self.name}-linux-musl"


_COMPLEX = ("mulsc3", "muldc3")  # products of complex numbers
_QUADRUPLE = (  # arm64's long double, for which it has no instructions
    *("addtf3", "subtf3", "multf3", "divtf3", "multc3", "cmptf2", "getf2", "unordtf2"),
    *("extendsftf2", "extenddftf2", "trunctfsf2", "trunctfdf2", "fixtfsi", "fixtfdi"),
    *("fixunstfsi", "floatsitf", "floatditf", "floatunsitf", "shift"),
)
MACHINES = {
    Arch.X64: Machine("x86_64", 0x1000, (), (*_COMPLEX, "mulxc3")),
    Arch.ARM64: Machine("aarch64", 0x10000, ("-mno-outline-atomics",), (*_COMPLEX, *_QUADRUPLE)),
}


def compile_musl(tarball: Path, arch: Arch, compiler: Zig, work: Path, observer: Observer) -> Path:
    """Compile and link musl in the empty directory ``work``.

    Returns:
        Path of the shared object in ``work``. Its bytes depend only on the arguments' contents.

    Raises:
        NodeError: ``musl-build-failed``: the compiler fails.
        FormatError: ``musl-unknown``: the source is not the one that `changes` applies to.
    """
    machine = MACHINES[arch]
    tree = musl_source.unpack(tarball, work)
    changes.apply(tree)
    generate_headers(tree, machine.name)
    files = source_files(tree, machine.name)
    observer.stage(f"compiling musl for {arch}", len(files) + 1)
    # Objects are named by number: files in several directories have the same name.
    jobs = {f"obj/{number}.o": file for number, file in enumerate(files)}
    flags = [
        *_CFLAGS,
        *machine.flags,
        *(f"-I{folder.format(arch=machine.name)}" for folder in _INCLUDES),
    ]

    def compile_one(target: str, file: str) -> None:
        # Paths are relative, so that no path of this host gets into the object.
        compiler.run(
            "clang", [f"--target={machine.triple}", *flags, "-c", "-o", target, file], tree
        )

    with ThreadPoolExecutor(cores()) as pool:
        running = [pool.submit(_compile_runtime, machine, compiler, tree)]
        running += [pool.submit(compile_one, *job) for job in jobs.items()]
        try:
            for future in as_completed(running):
                future.result()
                observer.advance(1)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    # A response file, because command lines on Windows are too short for all names.
    (tree / "objects").write_text("\n".join([*jobs, "obj/runtime.o"]))
    sizes = ("-z", f"max-page-size={machine.page}", "-z", f"common-page-size={machine.page}")
    compiler.run("ld.lld", [*_LINK, *sizes, "-o", "libc.so", "@objects"], tree)
    return tree / "libc.so"


def identity(arch: Arch) -> str:
    """Return a digest, in hex, of everything that the compiled musl's bytes depend on."""
    parts = (
        _RULES,
        musl_source.SHA256,
        changes.digest(),
        VERSION,
        MACHINES[arch],
        _INCLUDES,
        _CFLAGS,
        _LINK,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def source_files(tree: Path, arch: str) -> list[str]:
    """Return the files to compile, as paths relative to ``tree``, sorted."""
    folders = [*(tree / "src").iterdir(), tree / "src" / "malloc" / "mallocng", tree / "ldso"]
    chosen: dict[Path, Path] = {}
    for folder in folders:
        own = [file for file in (folder / arch).glob("*") if file.suffix in (".c", ".s", ".S")]
        for file in [*folder.glob("*.c"), *own]:
            chosen[folder / file.stem] = file
    return sorted(file.relative_to(tree).as_posix() for file in chosen.values())


def generate_headers(tree: Path, arch: str) -> None:
    """Write the three headers that musl's Makefile generates."""
    bits = tree / "obj" / "include" / "bits"
    internal = tree / "obj" / "src" / "internal"
    for folder in (bits, internal):
        folder.mkdir(parents=True)
    types = (tree / "arch" / arch / "bits" / "alltypes.h.in").read_bytes()
    types += (tree / "include" / "alltypes.h.in").read_bytes()
    (bits / "alltypes.h").write_bytes(_type_definitions(types.decode("ascii")).encode("ascii"))
    calls = (tree / "arch" / arch / "bits" / "syscall.h.in").read_bytes()
    renamed = [
        line.replace(b"__NR_", b"SYS_", 1) for line in calls.splitlines(True) if b"__NR_" in line
    ]
    (bits / "syscall.h").write_bytes(calls + b"".join(renamed))
    (internal / "version.h").write_bytes(f'#define VERSION "{musl_source.VERSION}"\n'.encode())


def _type_definitions(text: str) -> str:
    """Guard each ``TYPEDEF``, ``STRUCT`` and ``UNION`` line, so that headers can ask for it."""

    def guarded(name: str, definition: str) -> str:
        return (
            f"#if defined(__NEED_{name}) && !defined(__DEFINED_{name})\n{definition}\n"
            f"#define __DEFINED_{name}\n#endif\n"
        )

    def struct(match: re.Match[str]) -> str:
        kind, name, body = match[1].lower(), match[2], match[3]
        return guarded(f"{kind}_{name}", f"{kind} {name} {body};")

    text = re.sub(
        r"^TYPEDEF (.*) ([^ ]*);$",
        lambda match: guarded(match[2], f"typedef {match[1]} {match[2]};"),
        text,
        flags=re.MULTILINE,
    )
    return re.sub(r"^(STRUCT|UNION) *([^ ]*) (.*);$", struct, text, flags=re.MULTILINE)


def _compile_runtime(machine: Machine, compiler: Zig, tree: Path) -> None:
    """Compile the functions of the compiler's runtime that clang calls and musl lacks."""
    # Zig does not compile files outside of the first file's directory.
    (tree / "compiler_rt").mkdir()
    for file in (compiler.directory / "lib" / "compiler_rt").glob("*.zig"):
        shutil.copyfile(file, tree / "compiler_rt" / file.name)
    imports = "".join(f'    _ = @import("compiler_rt/{name}.zig");\n' for name in machine.runtime)
    (tree / "runtime.zig").write_text(f"comptime {{\n{imports}}}\n")
    compiler.run(
        "build-obj",
        [
            *("runtime.zig", "-target", machine.triple, "-mcpu=baseline", "-O", "ReleaseSmall"),
            *("-fPIC", "-fstrip", "-fsingle-threaded", "-fno-stack-check", "-fno-stack-protector"),
            *("-fno-unwind-tables", "-femit-bin=obj/runtime.o"),
        ],
        tree,
    )
