"""Compile Node from source: for targets that no other provider has a binary for, or on request.

A provider like the others (`sealift.nodes.provider`), whose ``fetch`` takes hours::

    provider = BuildProvider(NodeOptions(compile=True), cache, mirror)
    provider.require(releases)                 # NodeError: everything that is missing
    provider.fetch(release, path, observer)    # NodeError: what failed, and where the log is

Builds are in ``builds/`` of the cache (see `sealift.nodes.build.work_directory`): the same command
continues an interrupted build. docs/building-node.md is for users.
"""

from sealift.nodes.build.build_provider import BuildProvider, refuse_foreign_build
from sealift.nodes.build.messages import BuildInterruptedError

__all__ = ["BuildInterruptedError", "BuildProvider", "refuse_foreign_build"]
