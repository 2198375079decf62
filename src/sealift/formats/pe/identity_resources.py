"""The resources of a Windows executable that describe it, in place of those of Node."""

from __future__ import annotations

from msgspec import Struct

from sealift.formats.pe.icon import encode_group
from sealift.formats.pe.resources import (
    GROUP_ICON,
    ICON,
    MANIFEST,
    VERSION,
    Directory,
    Leaf,
    with_resource,
)
from sealift.formats.pe.version_resource import LANGUAGE, encode_version
from sealift.identity import WindowsIdentity

_DATA_ALIGNMENT = 16


class IdentityResources(Struct, frozen=True):
    """Resources to add to a tree, and what they replace.

    Attributes:
        items: type, number and content of each.
        replaced: types whose resources are removed.
    """

    items: tuple[tuple[int, int, bytes], ...] = ()
    replaced: frozenset[int] = frozenset()

    @property
    def data(self) -> bytes:
        """All contents, each at a multiple of 16 bytes; the length is one too."""
        return b"".join(_padded(content) for _, _, content in self.items)

    def added_to(self, root: Directory, rva: int) -> Directory:
        """Return the tree with these resources; ``rva`` is the address of `data`."""
        root = root.without(self.replaced)
        for kind, number, content in self.items:
            root = with_resource(root, kind, number, LANGUAGE, Leaf(rva, len(content), 0))
            rva += len(_padded(content))
        return root


def identity_resources(identity: WindowsIdentity | None) -> IdentityResources:
    """Return the resources that describe an executable; none for None."""
    if identity is None:
        return IdentityResources()
    images = [(ICON, number, image.data) for number, image in enumerate(identity.icon, 1)]
    groups = [(GROUP_ICON, 1, encode_group(identity.icon))] if images else []
    version = encode_version(identity.version, identity.texts)
    items = (*images, *groups, (VERSION, 1, version), (MANIFEST, 1, identity.manifest))
    return IdentityResources(items, frozenset(kind for kind, _, _ in items))


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _DATA_ALIGNMENT)
