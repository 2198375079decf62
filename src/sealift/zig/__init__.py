"""The C compiler, for what sealift has in C: parts of musl, and the front of compact files."""

from sealift.zig.built import Built, Compiled, find_built, make_built, package_built
from sealift.zig.compiler import PROJECT, VERSION, Zig, obtain_zig

__all__ = [
    "PROJECT",
    "VERSION",
    "Built",
    "Compiled",
    "Zig",
    "find_built",
    "make_built",
    "obtain_zig",
    "package_built",
]
