r"""Architectures for which no registry has a current Node in one file: Debian's Node, under QEMU.

Debian has Node 24 for them, as a small program and ``libnode.so``, which holds Node and its fuse.
Two changes make the small program stand for a Node in one file. The texts that sealift reads are
added behind its first segment, where the file has zeros. The fuse in the library is set, so Node
searches the main program for the blob.

Programs run inside the architecture's root. The kernel starts them and their children with the
emulator that is registered with binfmt_misc (see `rigs.qemu`); programs for x86 need none.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import struct
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rigs.cache import RigError, dev_cache, make_once
from rigs.debian import package
from rigs.fetching import run_fetching
from rigs.machine import Completed, bare_environment, complete, copied
from rigs.qemu import BINFMT, mount_binfmt
from rigs.wine import debian_mirror

_SUITE = "testing"
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# Node's official build for armv7 needs libatomic; `env` of coreutils changes the directory.
_PACKAGES = ("nodejs", "libatomic1", "coreutils")
_FUSE = b"NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:"
_OPTIONAL_TEXTS = (b"execArgvExtension", b"mainFormat")
_RELEASE = re.compile(rb"node\.js/v\d+\.\d+\.\d+")
_V8 = re.compile(rb"\d+\.\d+\.\d+\.\d+-node\.\d+")
# As in `rigs.wine`: the mounts go with the program.
_ENTER = (
    'mount --make-rprivate / 2>/dev/null; root="$1"; shift;'
    ' mountpoint -q "$root/proc" || mount -t proc proc "$root/proc" || exit;'
    ' mountpoint -q "$root/dev" || mount --bind /dev "$root/dev" || exit;'
    ' exec chroot "$root" "$@"'
)


@dataclass(frozen=True, slots=True)
class DebianMachine:
    """A Linux machine of another architecture, emulated.

    Attributes:
        debian: Debian's name of the architecture.
        qemu: QEMU's name of it, or "" if an x64 kernel runs its programs without QEMU.
        machine: ``e_machine`` of its ELF files.
        newer: Debian 12's QEMU does not know all its instructions; Debian 13's does.
    """

    arch: str
    debian: str
    qemu: str
    machine: int
    bits: int = 64
    order: str = "<"
    newer: bool = False
    platform: str = "linux"

    @property
    def target(self) -> str:
        """The name of the target."""
        return f"{self.platform}-{self.arch}"

    def missing(self) -> str:
        """Return the name of what is missing, or ""."""
        if platform.machine() != "x86_64" or not hasattr(os, "geteuid"):
            return f"a linux-x64 machine for Debian's Node for {self.arch}"
        if os.geteuid():
            return f"root, to enter Debian's root for {self.arch}"
        if not self.root.is_dir():
            return f"Debian's root for {self.arch} (python3 dev.py rigs)"
        if self.qemu and not (BINFMT / f"qemu-{self.qemu}").exists():
            return f"binfmt_misc registration of qemu-{self.qemu}"
        return ""

    @property
    def root(self) -> Path:
        """The machine's root directory."""
        return dev_cache() / "rigs" / f"debian-{self.arch}"

    @property
    def debian_node(self) -> Path:
        """Debian's own small program, which sealift refuses: Node is in the library."""
        return self.root / "usr" / "bin" / "node"

    @property
    def node(self) -> Path:
        """The program that stands for a Node in one file.

        Where it is, it runs as plain Node: the library beside it has an unset fuse.
        """
        return self.root / "opt" / "plain" / "node"

    def run(
        self,
        executable: Path,
        *args: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 240,
    ) -> Completed:
        """Run a copy inside the root; copy back what it writes into ``cwd``."""
        with tempfile.TemporaryDirectory(dir=self.root / "tmp") as name:
            scratch = Path(name)
            inside = scratch / "cwd"
            inside_root = executable.is_relative_to(self.root)
            program = executable if inside_root else shutil.copy(executable, scratch)
            program = Path("/") / Path(program).relative_to(self.root)
            with copied(cwd, inside):
                done = complete(
                    [
                        *(
                            "unshare",
                            "--mount",
                            "--propagation=unchanged",
                            "sh",
                            "-c",
                            _ENTER,
                            "sh",
                        ),
                        *(self.root, "/usr/bin/env", "-C", f"/{inside.relative_to(self.root)}"),
                        *(program, *args),
                    ],
                    cwd=None,
                    env=bare_environment(env),
                    timeout=timeout,
                )
        return done

    def set_up(self) -> None:
        """Make the root from Debian's packages, once, and register the emulator."""
        if os.geteuid():
            raise RigError("Debian's roots need root to set up")
        make_once(self.root, self._make)
        if self.qemu:
            self._register()

    def _make(self, root: Path) -> None:
        with tempfile.TemporaryDirectory(dir=root.parent) as name:
            work = Path(name)
            self._download(work)
            for archive in sorted((work / "archives").glob("*.deb")):
                run_fetching(["dpkg", "-x", archive, root])
        for folder in ("bin", "sbin", "lib", "lib64"):
            if (root / "usr" / folder).is_dir():
                (root / folder).symlink_to(f"usr/{folder}")
        for folder in ("proc", "dev", "tmp", "opt/plain"):
            (root / folder).mkdir(parents=True)
        (library,) = root.glob("usr/lib/*/libnode.so.*")
        content = library.read_bytes()
        (root / "opt/plain" / library.name).write_bytes(content)
        library.write_bytes(content.replace(_FUSE + b"0", _FUSE + b"1"))
        main = self._with_texts((root / "usr/bin/node").read_bytes(), content)
        (root / "opt/plain/node").write_bytes(main)
        (root / "opt/plain/node").chmod(0o755)

    def _download(self, work: Path) -> None:
        """Fetch the packages and their dependencies, apart from the host's apt state."""
        for folder in ("lists/partial", "archives/partial"):
            (work / folder).mkdir(parents=True)
        source = f"deb [signed-by={_KEYRING}] {debian_mirror()} {_SUITE} main\n"
        (work / "sources.list").write_text(source)
        options = {
            "Dir::Etc::sourcelist": work / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State::Lists": work / "lists",
            "Dir::State::status": "/dev/null",
            "Dir::Cache": work,
            "Dir::Cache::archives": work / "archives",
            "APT::Architecture": self.debian,
            "APT::Architectures::": self.debian,
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Debug::NoLocking": "true",
        }
        apt = ["apt-get", "-qq", *(f"-o{key}={value}" for key, value in options.items())]
        run_fetching([*apt, "update"])
        run_fetching([*apt, "--download-only", "--no-install-recommends", "install", *_PACKAGES])

    def _with_texts(self, main: bytes, library: bytes) -> bytes:
        """Return the main program with the texts that sealift reads behind its first PT_LOAD."""
        release, v8 = _RELEASE.search(library), _V8.search(library)
        assert release, "Debian's library is Node's"
        assert v8, "Node's library holds V8"
        texts = [text for text in _OPTIONAL_TEXTS if b"\0" + text + b"\0" in library]
        added = b"\0" + b"\0".join([_FUSE + b"0", *texts, release[0], v8[0], b""])
        wide = self.bits == 64
        word, table_at, count_at = ("Q", 32, 56) if wide else ("I", 28, 44)
        entry_size, size_at, memory_at = (56, 32, 40) if wide else (32, 16, 20)
        (table,) = struct.unpack_from(self.order + word, main, table_at)
        (count,) = struct.unpack_from(self.order + "H", main, count_at)
        changed = bytearray(main)
        for entry in range(table, table + count * entry_size, entry_size):
            if struct.unpack_from(self.order + "I", main, entry)[0] == 1:
                (size,) = struct.unpack_from(self.order + word, main, entry + size_at)
                if any(main[size : size + len(added)]):
                    raise RigError(f"Debian's Node for {self.arch} has no room for texts")
                changed[size : size + len(added)] = added
                for at in (size_at, memory_at):
                    struct.pack_into(self.order + word, changed, entry + at, size + len(added))
                break
        return bytes(changed)

    def _register(self) -> None:
        name = f"qemu-{self.qemu}"
        mount_binfmt()
        if (BINFMT / name).exists():
            return
        if self.newer:
            emulator = str(package("qemu-user", "x64") / "usr" / "bin" / name)
        else:
            emulator = shutil.which(f"{name}-static") or ""
        if not emulator:
            raise RigError(f"{name}-static")
        little = self.order == "<"
        head = bytes([0x7F, *b"ELF", self.bits // 32, 1 if little else 2, 1]) + bytes(9)
        byte_order = "little" if little else "big"
        magic = head + (2).to_bytes(2, byte_order) + self.machine.to_bytes(2, byte_order)
        # Any OS ABI; position-independent programs, whose type is 3, too.
        mask = b"\xff" * 7 + b"\0" + b"\xff" * 8 + (0xFFFE).to_bytes(2, byte_order) + b"\xff\xff"
        try:
            line = f":{name}:M::{_escaped(magic)}:{_escaped(mask)}:{emulator}:F"
            (BINFMT / "register").write_text(line)
        except OSError as error:
            raise RigError(f"binfmt_misc is closed here: {error}") from error


DEBIAN_MACHINES = (
    DebianMachine("armv7", "armhf", "arm", 40, bits=32),
    DebianMachine("x86", "i386", "", 3, bits=32),
    DebianMachine("loong64", "loong64", "loongarch64", 258, newer=True),
    DebianMachine("ppc64", "ppc64el", "ppc64le", 21),
    DebianMachine("riscv64", "riscv64", "riscv64", 243),
    DebianMachine("s390x", "s390x", "s390x", 22, order=">"),
)


def _escaped(data: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in data)
