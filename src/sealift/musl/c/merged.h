/*
 * What sealift tells musl's loader when both are parts of one executable.
 *
 * The block is found in the loader's file by its magic, which occurs there once, and is filled in
 * when an executable is written (sealift/loader/__init__.py has the layout as well):
 *
 *     offset  size
 *          0    16  magic: "LSTATIC-EMBED" 01 02 03
 *         16     8  base: the loader's own ELF header
 *         24     8  phdr: the program headers that musl is told of, the program's own
 *         32     8  phnum: how many they are; 0: there is no program, behave as plain musl
 *         40     8  entry: the program's entry point
 *         48     8  nlib: how many libraries follow, 6 at most
 *         56  6*88  libraries
 *                     0   8  ehdr: its ELF header, the beginning of its memory image
 *                     8  56  name: its DT_SONAME, ended by a zero
 *                    64  24  alias: another name that finds it, or empty
 *
 * Numbers are little-endian. base, phdr, entry and ehdr are distances from the block's own address,
 * modulo 2^64, so that they can be used before anything has been relocated.
 */
#ifndef SEALIFT_MERGED_H
#define SEALIFT_MERGED_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <features.h>

struct merged {
	char magic[16];
	uint64_t base, phdr, phnum, entry, nlib;
	struct {
		uint64_t ehdr;
		char name[56], alias[24];
	} lib[6];
};

/* Defined in a file of its own, or the compiler would take its zeros for granted. */
extern hidden const struct merged __merged;

#define MERGED_ADDRESS(distance) ((size_t)&__merged + (size_t)(distance))

/* Describes the program in the auxiliary vector, as the kernel does for one that has an
 * interpreter; gives the loader's base, or 0 without a program. Runs before relocation. */
static inline size_t merged_describe(size_t *auxv)
{
	if (!__merged.phnum) return 0;
	size_t base = MERGED_ADDRESS(__merged.base);
	for (; auxv[0]; auxv += 2) {
		if (auxv[0] == AT_PHDR) auxv[1] = MERGED_ADDRESS(__merged.phdr);
		if (auxv[0] == AT_PHENT) auxv[1] = sizeof(Elf64_Phdr);
		if (auxv[0] == AT_PHNUM) auxv[1] = __merged.phnum;
		if (auxv[0] == AT_ENTRY) auxv[1] = MERGED_ADDRESS(__merged.entry);
		if (auxv[0] == AT_BASE) auxv[1] = base;
	}
	return base;
}

#endif
