"""Pack projects as plain source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sealift import runtime
from sealift.cache import cache_root
from sealift.model import Observer, Payload, ScriptCounts
from sealift.options import Compression, NodeOptions
from sealift.packing.payload_cache import PayloadCache
from sealift.packing.size_limit import size_limit
from sealift.payload import pack
from sealift.record import replace
from sealift.target_build import TargetBuild
from sealift.version import VERSION


def pack_source(
    builds: Sequence[TargetBuild],
    compression: Compression,
    options: NodeOptions,
    work: Path,
    observer: Observer,
) -> tuple[TargetBuild, ...]:
    """Return the records with their payloads; each target project is packed once."""
    cache = PayloadCache(cache_root(options.cache), builds, ("source", compression), work)
    if (known := cache.load()) is not None:
        return known
    payloads: dict[str, Payload] = {}
    for build in builds:
        if build.project_key not in payloads:
            directory = work / f"source{len(payloads)}"
            directory.mkdir()
            files = pack(
                build.project,
                runtime.script_assets(),
                VERSION,
                directory,
                observer,
                compression=compression,
                size_limit=size_limit(builds, build.project_key),
            )
            counts = ScriptCounts(bytecode=0, both=0, source=len(build.project.scripts))
            payloads[build.project_key] = Payload(files, (), counts)
    packed = tuple(
        replace(
            build,
            packed=replace(
                payloads[build.project_key], exec_argv=runtime.start_options(build.node)
            ),
        )
        for build in builds
    )
    cache.keep(packed)
    return packed
