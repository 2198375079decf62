/* What front.c needs of a C library and of the machine: system calls, the start, bytes and texts. */

#ifndef SEALIFT_FRONT_H
#define SEALIFT_FRONT_H

#define _GNU_SOURCE
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;

#ifndef UTIME_OMIT
#define UTIME_OMIT 0x3ffffffe
#endif

#if defined(__x86_64__)

#define MACHINE EM_X86_64

/* The stack pointer is the kernel's again when the executable starts; rdx holds no function. */
#define START __asm__( \
	".text\n.global _start\n_start:\n" \
	"mov %rsp, %rbx\nmov %rsp, %rdi\nand $-16, %rsp\ncall front\n" \
	"mov %rbx, %rsp\nxor %edx, %edx\nxor %ebx, %ebx\nxor %ebp, %ebp\njmp *%rax\n")

static inline long system_call(long n, long a, long b, long c, long d, long e, long f)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall" : "=a"(result)
		: "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
	return result;
}

#elif defined(__aarch64__)

#define MACHINE EM_AARCH64

#define START __asm__( \
	".text\n.global _start\n_start:\n" \
	"mov x0, sp\nmov x19, sp\nbl front\n" \
	"mov sp, x19\nmov x16, x0\nmov x0, xzr\nmov x29, xzr\nmov x30, xzr\nbr x16\n")

static inline long system_call(long n, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc 0" : "+r"(x0)
		: "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}

#endif

/* A system call with up to 6 arguments; a negative error number if it fails. */
#define sys(...) SYS_NTH(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define SYS_NTH(n, a, b, c, d, e, f, ...) \
	system_call(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

extern u64 page_size __attribute__((visibility("hidden")));

/* Maps memory; null if that fails. */
static inline void *map(void *at, u64 size, int prot, int flags, int fd, u64 offset)
{
	long result = sys(SYS_mmap, at, size, prot, flags, fd, offset);
	return result < 0 && result > -4096 ? 0 : (void *)result;
}

/* memory.c: what the decoder of Brotli needs as well. */
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int value, size_t size);

#define copy(to, from, size) memcpy(to, from, size)
#define fill(to, value, size) memset(to, value, size)

static inline int equal(const void *a, const void *b, size_t size)
{
	const u8 *x = a, *y = b;
	while (size && *x == *y) x++, y++, size--;
	return !size;
}

static inline size_t length(const char *text)
{
	size_t size = 0;
	while (text[size]) size++;
	return size;
}

/* The first place of a character in a text, or null. */
static inline const char *find(const char *text, char wanted)
{
	while (*text && *text != wanted) text++;
	return *text ? text : 0;
}

static inline void hex(char *to, const u8 *data, size_t size)
{
	for (; size--; data++) {
		*to++ = "0123456789abcdef"[*data >> 4];
		*to++ = "0123456789abcdef"[*data & 15];
	}
	*to = 0;
}

static inline void decimal(char *to, u64 number)
{
	char digits[20];
	int count = 0;
	do digits[count++] = '0' + number % 10; while (number /= 10);
	while (count) *to++ = digits[--count];
	*to = 0;
}

/* An environment variable that is not empty, or null. */
static inline const char *variable(char **envp, const char *name)
{
	size_t size = length(name);
	for (; *envp; envp++)
		if (equal(*envp, name, size) && (*envp)[size] == '=' && (*envp)[size + 1])
			return *envp + size + 1;
	return 0;
}

/* filter.c: undoes what made the content of a frame compress better; 0 if it is damaged.
 * Filter 0: nothing, 1: code for x64, 2: code for arm64, 3: the tables that unwind the stack. */
int unfilter(u32 filter, u8 *content, u64 size);

/* unwind.c: filter 3. */
int unfilter_unwind(u8 *tables, u64 size);

/* memory.c: decompresses a stream of Brotli; 0 if it is not one, or not of these sizes. */
int decompress(u8 *to, u64 room, const u8 *from, u64 size);

struct thread {
	u8 *stack;
	u32 tid; /* 0 when it has ended */
};

/* thread.c: calls a function in a thread; 0 if there can be none, and nothing is called. */
int start_thread(struct thread *t, void (*function)(void *), void *argument);

/* Waits for its end. */
void join_thread(struct thread *t);

#endif
