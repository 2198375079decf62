r"""musl's loader and C library, changed to be merged with a program into one executable.

Called like this::

    musl = obtain_musl(Arch.X64, cache=cache_root(None), offline=False, observer=observer)

``musl.path`` is a shared object (musl's licence, ``COPYRIGHT``, lies beside it) with one block
that whoever writes the executable fills in. It is found by its magic, which occurs once; its place
in the file is a multiple of 64. All numbers are little-endian::

    offset  size
         0    16  magic: b"LSTATIC-EMBED\x01\x02\x03"
        16     8  base: the loader's own ELF header
        24     8  phdr: the program headers that musl is told of: the program's own
        32     8  phnum: how many they are; 0: behave as plain musl
        40     8  entry: the program's entry point
        48     8  nlib: how many libraries follow, 6 at most
        56  6*88  for each: ehdr u64, its ELF header, where its memory image begins; name, 56 bytes,
                  its DT_SONAME; alias, 24 bytes, another name that finds it, or empty.
                  Names end with a zero.

base, phdr, entry and ehdr are distances from the block's own address, modulo 2^64. The libraries
are those that the program needs (DT_NEEDED): they are loaded at start, and later found by both
names. ``LD_PRELOAD`` is not heeded; ``LD_LIBRARY_PATH`` is, for what is not merged.
"""

from sealift.musl.merging import apply
from sealift.musl.obtain import obtain_musl, package_musl

__all__ = ["apply", "obtain_musl", "package_musl"]
