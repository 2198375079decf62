"""The cache: one private directory per user, for everything that a build can use again.

`Store` makes entries under a lock, `places` says where each sort of entry is, `inventory` lists and
removes entries. What an entry contains is known only to the stage that made it::

    store = Store(cache_root(options.cache))
    path = store.path(places.NODES, "24.19.0-linux-x64-npm")
    store.make(path, "Node 24.19.0", is_complete, fill, observer)
"""

from sealift.cache import places
from sealift.cache.evict import evict, touch
from sealift.cache.files import make_directory, make_private, write_chunks, write_file
from sealift.cache.inventory import (
    Entry,
    Removal,
    expired_entries,
    list_entries,
    parse_size,
    remove_entries,
)
from sealift.cache.own_code import code_digest
from sealift.cache.packed_values import packed, value_digest
from sealift.cache.path_states import CAN_COMPARE, PathState, state_of_path
from sealift.cache.places import Kind
from sealift.cache.records import (
    DigestMismatchError,
    FileRecord,
    digest_of,
    read_record,
    record_of,
    state_of,
    verified,
    write_record,
)
from sealift.cache.sealed_file import read_sealed, write_sealed
from sealift.cache.store import Store, cache_root
from sealift.cache.trees import is_intact_tree, seal_tree
from sealift.cache.trust import is_trusted_below, read_trusted, require_trusted

__all__ = [
    "CAN_COMPARE",
    "DigestMismatchError",
    "Entry",
    "FileRecord",
    "Kind",
    "PathState",
    "Removal",
    "Store",
    "cache_root",
    "code_digest",
    "digest_of",
    "evict",
    "expired_entries",
    "is_intact_tree",
    "is_trusted_below",
    "list_entries",
    "make_directory",
    "make_private",
    "packed",
    "parse_size",
    "places",
    "read_record",
    "read_sealed",
    "read_trusted",
    "record_of",
    "remove_entries",
    "require_trusted",
    "seal_tree",
    "state_of",
    "state_of_path",
    "touch",
    "value_digest",
    "verified",
    "write_chunks",
    "write_file",
    "write_record",
    "write_sealed",
]
