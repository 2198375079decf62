"""Compiling Node from source, for a target that no other source has a binary for, or on demand.

A source like the others (`sealift.nodes.provider`), whose ``fetch`` takes hours::

    source = BuildProvider(NodeOptions(build=True), cache, MirrorProvider("", None))
    source.require(releases)                   # NodeError: all that is missing, before the first
    source.fetch(release, path, observer)      # NodeError: what failed, where the log is

What is compiled is in ``builds/`` of the cache (see `sealift.nodes.build.work_directory`): the same
command goes on where an earlier one was interrupted. docs/building-node.md is for users.
"""

from sealift.nodes.build.build_provider import (
    BuildInterruptedError,
    BuildProvider,
    refuse_foreign_build,
)

__all__ = ["BuildInterruptedError", "BuildProvider", "refuse_foreign_build"]
