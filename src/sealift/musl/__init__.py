r"""musl, changed so that it can be merged with a program into one executable.

It is one shared object, which is both the C library and the dynamic loader::

    musl = obtain.obtain_musl(Arch.X64, cache=cache_root(None), offline=False, observer=observer)

``musl.path`` is the shared object; musl's licence, ``COPYRIGHT``, is beside it. The writer of an
executable fills in one block in it. The block is found by its magic, which occurs once; its place
in the file is a multiple of 64. All numbers are little-endian::

    offset  size
         0    16  magic: b"LSTATIC-EMBED\x01\x02\x03"
        16     8  base: musl's own ELF header
        24     8  phdr: the program headers that musl reads: the program's own
        32     8  phnum: number of program headers; 0: behave as plain musl
        40     8  entry: the program's entry point
        48     8  nlib: number of libraries that follow, 6 at most
        56  6*88  for each: ehdr u64, its ELF header, where its memory image begins; name, 56 bytes,
                  its DT_SONAME; alias, 24 bytes, another name that finds it, or empty.
                  Names end with a zero.

base, phdr, entry and ehdr are distances from the block's own address, modulo 2^64. The libraries
are those that the program needs (DT_NEEDED): musl loads them at start, and finds them later by both
names. It ignores ``LD_PRELOAD``; it uses ``LD_LIBRARY_PATH`` for libraries that are not merged.
"""

from sealift.musl.merging import apply

__all__ = ["apply"]
