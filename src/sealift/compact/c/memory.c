/* The functions of a C library that the decoder of Brotli calls, and the call of the decoder. */

#include "front.h"
#include <brotli/decode.h>

u64 page_size;

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
#if defined(__x86_64__)
	void *start = to;
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
	return start;
#else
	u8 *t = to;
	const u8 *f = from;
	typedef u64 __attribute__((may_alias, aligned(1))) word;
	for (; size >= 16; size -= 16, t += 16, f += 16) {
		((word *)t)[0] = ((const word *)f)[0];
		((word *)t)[1] = ((const word *)f)[1];
	}
	while (size--) *t++ = *f++;
	return to;
#endif
}

void *memmove(void *to, const void *from, size_t size)
{
	u8 *t = to;
	const u8 *f = from;
	if (t <= f || t >= f + size) return memcpy(to, from, size);
	while (size--) t[size] = f[size];
	return to;
}

void *memset(void *to, int value, size_t size)
{
#if defined(__x86_64__)
	void *start = to;
	__asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
	return start;
#else
	u8 *t = to;
	while (size--) *t++ = value;
	return to;
#endif
}

/* The decoder allocates a few large blocks. */
void *malloc(size_t size)
{
	u64 *block = map(0, size + 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!block) return 0;
	*block = size + 16;
	return block + 2;
}

void *calloc(size_t count, size_t size)
{
	return malloc(count * size);
}

void free(void *block)
{
	if (block) sys(SYS_munmap, (u64 *)block - 2, ((u64 *)block)[-2]);
}

int decompress(u8 *to, u64 room, const u8 *from, u64 size)
{
	BrotliDecoderState *state = BrotliDecoderCreateInstance(0, 0, 0);
	if (!state) return 0;
	int result = BrotliDecoderDecompressStream(state, &size, &from, &room, &to, 0);
	BrotliDecoderDestroyInstance(state);
	return result == BROTLI_DECODER_RESULT_SUCCESS && !size && !room;
}
