"""``sealift.lock``: the Node binaries and fetched packages of each target, so that they stay.

Usage::

    builds = apply(builds, root, frozen)      # before releases are chosen: locked ones stay
    builds = check(builds, options)           # once binaries and addons are there
    write_lock(root, builds, options.node)    # `sealift update`
"""

from sealift.lock.lock_file import LOCK_NAME, Lock, read_lock
from sealift.lock.stage import apply, check, write_lock

__all__ = ["LOCK_NAME", "Lock", "apply", "check", "read_lock", "write_lock"]
