"""Obtain musl for the targets whose Node is merged with it into one executable."""

from __future__ import annotations

from collections.abc import Sequence

from sealift.cache import cache_root
from sealift.formats.elf.merge_input import MERGED_MACHINES
from sealift.model import MuslLibrary, NodeBinary, Observer
from sealift.musl import messages
from sealift.options import NodeOptions
from sealift.record import replace
from sealift.target import Arch
from sealift.target_build import TargetBuild


def apply(
    builds: Sequence[TargetBuild], options: NodeOptions, observer: Observer
) -> tuple[TargetBuild, ...]:
    """Return the records, with musl for each dynamic musl Node.

    Raises:
        NodeError: a linuxstatic target's Node is neither static nor can it be merged; or as
            `obtain_musl`.
    """
    libraries: dict[Arch, MuslLibrary] = {}
    applied = []
    for build in builds:
        node = build.node
        if _is_merged(node):
            from sealift.musl.obtain import obtain_musl  # few targets need it

            if node.arch not in libraries:
                libraries[node.arch] = obtain_musl(
                    node.arch,
                    cache=cache_root(options.cache),
                    offline=options.offline,
                    observer=observer,
                )
            build = replace(build, musl=libraries[node.arch])
        elif build.target.platform.facts.is_static and not node.facts.is_static:
            raise messages.NOT_STATIC.error(
                origin=node.origin,
                arch=node.arch,
                machines=" and ".join(MERGED_MACHINES),
            )
        applied.append(build)
    return tuple(applied)


def _is_merged(binary: NodeBinary) -> bool:
    is_dynamic = binary.platform.facts.libc == "musl" and not binary.facts.is_static
    return is_dynamic and binary.arch in MERGED_MACHINES
