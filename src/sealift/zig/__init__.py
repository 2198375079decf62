"""The C compiler, for what sealift has in C: parts of musl, and the front of compact files."""

from sealift.zig.built import digest_of_built, record_built
from sealift.zig.compiler import PROJECT, VERSION, Zig, obtain_zig

__all__ = ["PROJECT", "VERSION", "Zig", "digest_of_built", "obtain_zig", "record_built"]
