/*
 * Undoes the filters of sealift/compact/filters.py: calls and jumps in machine code name their
 * target by its distance. The filters replace the distance by the target's place, so that all calls
 * of one function have the same bytes.
 */

#include "front.h"

static u32 get(const u8 *p) { return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24; }

static void put(u8 *p, u32 value)
{
	p[0] = value;
	p[1] = value >> 8;
	p[2] = value >> 16;
	p[3] = value >> 24;
}

static void unfilter_x64(u8 *code, u64 size)
{
	for (u64 at = 0; at + 5 <= size;) {
		if ((code[at++] & 0xfe) != 0xe8) continue; /* CALL and JMP */
		int64_t place = at + 4, limit = size, value = (int32_t)get(code + at);
		if (value >= 0 && value < limit) value -= place;
		else if (value < 0 && value >= -place) value += limit;
		put(code + at, value);
		at = place;
	}
}

static void unfilter_arm64(u8 *code, u64 size)
{
	for (u64 at = 0; at + 4 <= size; at += 4) {
		u32 word = get(code + at);
		if (word >> 26 == 0x25) /* BL */
			put(code + at, (word & 0xfc000000) | ((word - (u32)(at >> 2)) & 0x03ffffff));
		else if ((word & 0x9f000000) == 0x90000000) { /* ADRP */
			u32 page = (word >> 29 & 3) | (word >> 3 & 0x1ffffc);
			page = (page - (u32)(at >> 12)) & 0x1fffff;
			put(code + at, (word & 0x9f00001f) | (page & 3) << 29 | (page & 0x1ffffc) << 3);
		}
	}
}

int unfilter(u32 filter, u8 *content, u64 size)
{
	if (filter == 1) unfilter_x64(content, size);
	if (filter == 2) unfilter_arm64(content, size);
	return filter != 3 || unfilter_unwind(content, size);
}
