"""TypeScript becomes JavaScript at build time, by the very code that Node runs it with.

Usage::

    with Stripper(work, options.node, observer, builds) as stripper:
        builds = project.read(builds, manifest, options, observer, stripper)

Types are replaced by spaces, so that every line and column stays. Nothing is done until the first
TypeScript file is read: then a Node is chosen (`sealift.nodes.obtain_type_stripper`), and one
process strips all files. Results are kept in the cache.
"""

from __future__ import annotations

from sealift.typescript.stripper import Stripper

__all__ = ["Stripper"]
