"""Write the executables of all targets, verify them, and only then put them in their places."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Lock

from sealift import runtime
from sealift.assemble.code_cache_places import place_code_caches
from sealift.assemble.messages import HEADER_PARTS_DROPPED
from sealift.assemble.publish import publish_all
from sealift.assemble.temporary import Temporary, explained, temporary
from sealift.assemble.trailing_digest import TrailingDigest
from sealift.assemble.write import write
from sealift.compact import write_compact
from sealift.findings import Severity
from sealift.formats.sea_blob import BlobLayout
from sealift.formats.shared_object import read_shared_object
from sealift.host import cores
from sealift.identity import ExecutableTraits
from sealift.model import Asset, NodeBinary, Observer, Unit
from sealift.payload import DEBUG, HARDENED, checksum_asset
from sealift.record import replace
from sealift.result import Executable
from sealift.signing import Signers
from sealift.target_build import TargetBuild
from sealift.verify import Expectation, verify, verify_compact, verify_signed


def write_all(
    builds: Sequence[TargetBuild],
    traits: ExecutableTraits,
    signers: Signers,
    observer: Observer,
) -> tuple[TargetBuild, ...]:
    """Return the records with their executables; either all are in their places or none is.

    Several are written at once: copying and hashing, which is most of the work, releases Python's
    lock.

    Args:
        builds: with Node binaries, payloads and outputs.
        traits: what the executables have in common besides their payload.
        signers: sign executables, by platform.
        observer: notified of the bytes that are written.

    Raises:
        FormatError: a Node binary cannot take the blob, or an executable failed verification.
        NodeError: a Node binary cannot be read, or changed.
        OutputError: an output cannot be written, is one of the inputs, or cannot be signed.
        ProjectError: a packaged file cannot be read, or changed.
    """
    is_compact = any(build.front for build in builds)
    observer.stage(
        "assembling" + (", and compressing Node unless the cache has it" if is_compact else ""),
        sum(
            (build.node.size + build.payload.files.total_size) * (2 if build.front else 1)
            for build in builds
        ),
        unit=Unit.BYTES,
    )
    counting = _SharedProgress(observer)
    marks = (*((HARDENED,) if traits.hardened else ()), *((DEBUG,) if traits.debug else ()))
    workers = min(len(builds), cores())
    with ExitStack() as stack, ThreadPoolExecutor(workers, "assemble") as pool:
        files = [stack.enter_context(temporary(build.output)) for build in builds]
        written = tuple(
            pool.map(
                lambda build, file: _write_either(build, file, traits, marks, signers, counting),
                builds,
                files,
            )
        )
        publish_all(files)
    return written


def _write_either(
    build: TargetBuild,
    file: Temporary,
    traits: ExecutableTraits,
    marks: tuple[Asset, ...],
    signers: Signers,
    observer: Observer,
) -> TargetBuild:
    """Write one executable to a temporary file, or the compact file of one."""
    front = build.front
    if front is None:
        return _write_one(build, file, traits, marks, signers, observer)
    start = time.monotonic()
    with temporary(build.output) as unpacked:
        build = _write_one(build, unpacked, traits, marks, signers, observer)
        plain = build.executable
        with explained(file.output):
            with open(file.descriptor, "wb", closefd=False) as out:
                write_compact(out, unpacked.path, plain.sha256, front, observer)
            sha256 = verify_compact(file.path, front.path, plain.sha256, plain.size)
            size = file.path.stat().st_size
    executable = replace(
        plain,
        size=size,
        sha256=sha256,
        seconds=time.monotonic() - start,
        unpacked_size=plain.size,
    )
    return replace(build, written=executable)


def _write_one(
    build: TargetBuild,
    file: Temporary,
    traits: ExecutableTraits,
    marks: tuple[Asset, ...],
    signers: Signers,
    observer: Observer,
) -> TargetBuild:
    """Write one executable to a temporary file, sign it, and verify what was written."""
    start = time.monotonic()
    node, musl, payload = build.node, build.musl, build.payload
    main, options = runtime.main_script(), (*payload.exec_argv, *traits.exec_argv)
    assets = (*payload.files.assets, *marks)
    main, assets = place_code_caches(main, assets, BlobLayout.of(node.facts))
    assets = (*assets, checksum_asset(assets, main, options))
    with TrailingDigest(file.path) as digest:
        assembled = write(
            *(file, node, assets, main, options, observer, traits.identity, musl, digest),
            locales=traits.locales,
        )
        expected = Expectation(
            *(node, assets, main, options, musl, traits.identity),
            *(traits.locales, assembled.languages),
        )
        verified = verify(file.path, expected, digest.finish)
    with explained(file.output):
        is_signed = signers.sign(file.path, build.target.platform, build.project)
    if is_signed:
        verified = verify_signed(file.path, node.facts.container, node.facts.machine)
    executable = Executable(
        target=str(build.target),
        path=file.output,
        size=verified.size,
        sha256=verified.sha256,
        node=node,
        project=build.project,
        files_size=payload.files.total_size,
        scripts=payload.scripts,
        seconds=time.monotonic() - start,
        musl=musl,
        minimum_system=_minimum_system(node),
        languages=assembled.languages,
        is_signed=is_signed,
    )
    if assembled.dropped:
        dropped = HEADER_PARTS_DROPPED.finding(
            Severity.NOTE, node=node.version, parts=", ".join(assembled.dropped)
        )
        build = build.with_findings([dropped])
    return replace(build, written=executable)


def _minimum_system(node: NodeBinary) -> str:
    """Return the oldest macOS that a Node binary names; "" for other platforms."""
    if node.facts.container != "macho":
        return ""
    with node.path.open("rb") as file:
        version = read_shared_object(file, node.path.name).minimum_macos
    return f"macOS {'.'.join(map(str, version[:2]))}" if version else ""


class _SharedProgress:
    """Adds up, for one observer, the progress of several threads."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._lock = Lock()

    def stage(self, name: str, total: int | None = None, *, unit: Unit = Unit.FILES) -> None:
        """Ignore it: the stage is that of all threads."""

    def advance(self, amount: int) -> None:
        """Report progress of one thread."""
        with self._lock:
            self._observer.advance(amount)

    def printed(self, line: str) -> None:
        """Pass it on."""
        self._observer.printed(line)
