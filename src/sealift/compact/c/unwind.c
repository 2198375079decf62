/*
 * Undoes the filter of sealift/compact/unwind_tables.py: the sorted list of functions is made again,
 * and what is relative to a place or to the function before gets its own distance.
 */

#include "front.h"

#define HEADER 12
#define LISTED 8 /* bytes for each function in the sorted list */

typedef u32 __attribute__((may_alias, aligned(1))) number;
typedef u64 __attribute__((may_alias, aligned(1))) pair;

/* The place of a function's code above, of its entry below. As it is listed, it is the other way
 * round, and the first is signed. */
static u64 swapped(u64 one) { return one >> 32 | one << 32; }

static const u64 sign = (u64)1 << 63;

/* Sorts in place, in n log n steps, whatever the order is. */
static void sort(pair *list, u64 count)
{
	for (u64 start = count / 2, end = count; end > 1;) {
		pair moved;
		if (start) moved = list[--start];
		else moved = list[--end], list[end] = list[0];
		u64 at = start;
		for (u64 below; (below = 2 * at + 1) < end; at = below) {
			if (below + 1 < end && list[below + 1] > list[below]) below++;
			if (list[below] <= moved) break;
			list[at] = list[below];
		}
		list[at] = moved;
	}
}

int unfilter_unwind(u8 *tables, u64 size)
{
	if (size < HEADER) return 0;
	u64 place = (u64)((number *)tables)[1] + 4, count = ((number *)tables)[2], done = 0;
	pair *list = (pair *)(tables + HEADER);
	u32 before = 0;
	if (place > size || count > (place - HEADER) / LISTED || place < HEADER) return 0;
	for (;;) {
		if (size - place < 4) return 0;
		number *entry = (number *)(tables + place);
		u64 follow = entry[0];
		if (!follow) break;
		if (follow < 4 || follow > size - place - 4) return 0;
		if (entry[1]) { /* It describes a function. */
			if (follow < 12 || done == count) return 0;
			u32 code = before + entry[2];
			before = code + entry[3];
			entry[1] = (u32)place + 4 - entry[1];
			entry[2] = code - (u32)place - 8;
			list[done++] = ((u64)code << 32 | place) ^ sign;
		}
		place += 4 + follow;
	}
	if (done != count || place + 4 != size) return 0;
	sort(list, count);
	for (u64 i = 0; i < count; i++) list[i] = swapped(list[i] ^ sign);
	return 1;
}
