"""win-arm64 by Debian 13's arm64 Wine 10 in an emulated machine (`qemu-system-aarch64`).

Under QEMU's user emulation Wine never gets ready, hence a machine of its own: Debian's cloud
kernel, a disk image with Wine and its prefix, and a directory of the host, which virtiofsd shares.
Making the image takes about five minutes, mostly Wine's prefix; the machine starts in seconds and
the first program in about a minute. That is too slow for each change: `gate/win_arm64.py` uses it.

The machine runs one script after the other. It is told their names by a serial port, and tells the
name of each that has ended. Programs change nothing in the image: they see a temporary copy.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rigs.cache import RigError, dev_cache, make_once
from rigs.fetching import run_fetching
from rigs.machine import Completed
from rigs.wine import debian_mirror

_SUITE = "trixie"
_EMULATOR = "qemu-system-aarch64"
_SHARER = "/usr/lib/qemu/virtiofsd"  # of Debian 12's qemu-system-common
_READY_SECONDS = 300.0
_PREFIX_SECONDS = 1500.0
_IMAGE_SIZE = "2G"
_UNUSED = (
    # Wine's programs for x86: with them the prefix has twice the files.
    *(
        "usr/lib/aarch64-linux-gnu/wine/i386-windows",
        "usr/lib/aarch64-linux-gnu/wine/x86_64-windows",
    ),
    *("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/lib/modules", "boot"),
    *("var/cache/apt", "var/lib/apt/lists", "debootstrap", "proc"),
)
_ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/usr/lib/wine",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "WINEPREFIX": "/root/.wine",
    "WINEDEBUG": "-all",
    "WINEDLLOVERRIDES": "winemenubuilder.exe=d;mscoree=;mshtml=",
    "XDG_RUNTIME_DIR": "/root",
}
_INIT = """\
#!/bin/bash
export PATH=/usr/sbin:/usr/bin HOME=/root
# The loopback interface is up: SIOCGIFFLAGS and SIOCSIFFLAGS of netdevice(7), as there is no `ip`.
UP='socket(S, 2, 2, 0); $lo = pack("a16 s x22", "lo", 0); ioctl(S, 0x8913, $lo);
    (undef, $flags) = unpack("a16 s", $lo); ioctl(S, 0x8914, pack("a16 s x22", "lo", $flags | 1))'
mount -t proc proc /proc; mount -t sysfs sys /sys
mountpoint -q /dev || mount -t devtmpfs dev /dev
ln -s /proc/self/fd /dev/fd
mkdir -p /dev/shm; mount -t tmpfs tmp /dev/shm
mount -t tmpfs -o size=3g tmp /tmp; mount -t tmpfs run /run; chmod 1777 /tmp
perl -e "$UP"; hostname winarm
mount -t virtiofs share /share || { echo o >/proc/sysrq-trigger; sleep 60; }
exec 3<>/dev/hvc0; stty raw -echo <&3
echo ready >&3
while read -r name <&3; do
  [ "$name" = off ] && { sync; echo o >/proc/sysrq-trigger; sleep 60; }
  setsid bash "/share/$name/script" >"/share/$name/stdout" 2>"/share/$name/stderr" </dev/null 3>&-
  echo $? >"/share/$name/code"
  echo "$name" >&3
done
"""
_PREFIX = "wine64 wineboot --init; wineserver64 --wait; test -e /root/.wine/system.reg"


class WinArm64:
    """An emulated win-arm64 machine; `started` is the context in which it runs."""

    platform = "win"
    arch = "arm64"

    def __init__(self) -> None:
        self._running: _Running | None = None

    def set_up(self) -> None:
        """Make the image, once."""
        if os.geteuid():
            raise RigError("the image of win-arm64 needs root to set up")
        for program in (_EMULATOR, _SHARER, "debootstrap", "mke2fs"):
            if not shutil.which(program):
                raise RigError(program)
        make_once(_place(), _make)

    def missing(self) -> str:
        """Return the name of what is missing, or ""."""
        if platform.machine() != "x86_64" or not hasattr(os, "geteuid"):
            return "a linux-x64 machine for QEMU"
        if os.geteuid():
            return "root, to share a directory with the machine"
        if not shutil.which(_EMULATOR):
            return _EMULATOR
        if not _place().is_dir():
            return "the image of win-arm64 (python3 dev.py gate win-arm64)"
        return ""

    @contextmanager
    def started(self) -> Iterator[None]:
        """Have the machine run; `run` needs it."""
        with _started(_place(), keep=False) as self._running:
            # Programs that end do not end Wine's server: the next one starts in seconds.
            self._running.script("wineserver64 -p", seconds=_READY_SECONDS)
            yield
        self._running = None

    def run(
        self,
        executable: Path,
        *args: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 900,
    ) -> Completed:
        """Run a copy in the machine; copy back what it writes into ``cwd``."""
        assert self._running, "the machine is not started"
        with tempfile.TemporaryDirectory(dir=self._running.share, prefix="run-") as name:
            place = Path(name)
            place.chmod(0o755)
            shutil.copyfile(executable, place / executable.name)
            if cwd is None:
                (place / "cwd").mkdir()
            else:
                shutil.copytree(cwd, place / "cwd", symlinks=True)
            given = " ".join(shlex.quote(f"{key}={value}") for key, value in (env or {}).items())
            words = " ".join(map(shlex.quote, args))
            # The program is on a disk of the machine: Wine maps it, which a shared one is slow at.
            script = (
                f"work=/tmp/{place.name}; cp -r /share/{place.name} $work; cd $work/cwd\n"
                f"env {given} wine64 'Z:\\tmp\\{place.name}\\{executable.name}' {words}\n"
                f"code=$?; cp -r $work/cwd /share/{place.name}; rm -rf $work; exit $code\n"
            )
            done = self._running.script(script, seconds=timeout)
            if cwd is not None:
                shutil.copytree(place / "cwd", cwd, symlinks=True, dirs_exist_ok=True)
        return done


class _Running:
    """A machine that has started."""

    def __init__(self, share: Path, port: socket.socket) -> None:
        self.share = share
        self._port = port
        self._received = b""

    def script(self, text: str, *, seconds: float) -> Completed:
        """Run a script of bash in the machine, with Wine's environment."""
        with tempfile.TemporaryDirectory(dir=self.share, prefix="script-") as name:
            place = Path(name)
            exports = "".join(f"export {key}='{value}'\n" for key, value in _ENVIRONMENT.items())
            (place / "script").write_text(exports + text)
            self.tell(place.name)
            self.wait(place.name, seconds)
            texts = [
                (place / part).read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
                for part in ("stdout", "stderr")
            ]
            return Completed(texts[0], texts[1], int((place / "code").read_text()))

    def tell(self, line: str) -> None:
        """Send a line."""
        self._port.sendall(line.encode() + b"\n")

    def wait(self, line: str, seconds: float) -> None:
        """Wait for a line; raise TimeoutError if it does not come in time."""
        end = time.monotonic() + seconds
        while line.encode() not in self._received.replace(b"\r", b"").split(b"\n")[:-1]:
            self._port.settimeout(max(end - time.monotonic(), 0.001))
            received = self._port.recv(4096)
            if not received:
                raise RigError(f"the machine of win-arm64 ended before it answered {line}")
            self._received += received
        self._received = b""


def _place() -> Path:
    return dev_cache() / "rigs" / "win-arm64"


@contextmanager
def _started(place: Path, *, keep: bool) -> Iterator[_Running]:
    """Start the machine of an image; with ``keep``, what changes on its disk stays changed."""
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="win-arm64-")))
        share = work / "share"
        share.mkdir()
        log = stack.enter_context((work / "log").open("w+"))

        def start(*command: str | Path) -> None:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=work
            )
            stack.callback(process.wait)
            stack.callback(process.kill)

        start(_SHARER, "--socket-path=files", "-o", f"source={share}", "-o", "cache=none")
        _until((work / "files").exists, "virtiofsd does not start")
        start(
            *(_EMULATOR, "-M", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "4G"),
            *("-accel", "tcg,thread=multi,tb-size=1024"),
            *("-object", "memory-backend-memfd,id=memory,size=4G,share=on"),
            *("-numa", "node,memdev=memory", "-kernel", place / "vmlinuz", "-append"),
            "root=/dev/nvme0n1 rw rootfstype=ext4 console=ttyAMA0 init=/init quiet mitigations=off",
            "-drive",
            f"if=none,id=disk,file={place / 'disk'},format=raw,cache=unsafe"
            + ("" if keep else ",snapshot=on"),
            *("-device", "nvme,drive=disk,serial=disk"),
            *("-chardev", "socket,id=files,path=files"),
            *("-device", "vhost-user-fs-pci,chardev=files,tag=share"),
            *("-chardev", "socket,id=port,path=port,server=on,wait=off"),
            *("-device", "virtio-serial-pci", "-device", "virtconsole,chardev=port"),
            *("-nodefaults", "-no-reboot", "-display", "none", "-serial", "file:console"),
        )
        _until((work / "port").exists, "QEMU does not start")
        port = stack.enter_context(socket.socket(socket.AF_UNIX))
        port.connect(str(work / "port"))
        running = _Running(share, port)
        try:
            running.wait("ready", _READY_SECONDS)
        except (TimeoutError, RigError) as error:
            said = (work / "console").read_text(errors="replace")[-400:]
            raise RigError(f"the machine of win-arm64 does not start: {said}") from error
        yield running
        running.tell("off")
        _until_closed(port)


def _until(is_done: Callable[[], bool], failure: str) -> None:
    end = time.monotonic() + 60
    while not is_done():
        if time.monotonic() > end:
            raise RigError(failure)
        time.sleep(0.1)


def _until_closed(port: socket.socket) -> None:
    """Wait until the machine is off; it has then written its disk."""
    port.settimeout(120)
    while port.recv(4096):
        pass


def _make(place: Path) -> None:
    root = place / "root"
    packages = "wine,wine64,linux-image-cloud-arm64"
    foreign = ("--foreign", "--arch=arm64", "--variant=minbase", f"--include={packages}")
    run_fetching(["debootstrap", *foreign, _SUITE, root, debian_mirror()], seconds=1200)
    # Unpacked is enough: nothing needs what the packages' own scripts do.
    for archive in sorted((root / "var/cache/apt/archives").glob("*.deb")):
        unpack = 'dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink -C "$2"'
        subprocess.run(["sh", "-ec", unpack, "sh", archive, root], check=True, timeout=300)
    (kernel,) = (root / "boot").glob("vmlinuz-*")
    kernel.rename(place / "vmlinuz")
    for path in (root / name for name in _UNUSED):
        if path.is_symlink():  # debootstrap leaves proc -> /proc
            path.unlink()
        else:
            shutil.rmtree(path)
    for name in ("proc", "share"):
        (root / name).mkdir()
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/bash\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost winarm\n")
    (root / "init").unlink(missing_ok=True)
    (root / "init").write_text(_INIT)
    (root / "init").chmod(0o755)
    plain = ("-q", "-F", "-t", "ext4", "-O", "^has_journal,^metadata_csum")
    run_fetching(["mke2fs", *plain, "-d", root, place / "disk", _IMAGE_SIZE], attempts=1)
    shutil.rmtree(root)
    with _started(place, keep=True) as running:
        done = running.script(_PREFIX, seconds=_PREFIX_SECONDS)
        if done.code:
            raise RigError(f"Wine makes no prefix: {done.stdout[-300:]}{done.stderr[-300:]}")
