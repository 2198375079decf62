/* One more thread, for a while: without a C library. */

#include "front.h"
#include <linux/futex.h>
#include <linux/sched.h>

#define STACK (256 << 10)

/* What the kernel asks of each other for a thread; at its end it clears *tid and wakes who waits. */
#define FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM \
	| CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

/* Calls function(argument) on the stack that ends at top, in a thread; negative if there is none. */
long clone_thread(u64 flags, void *top, u32 *tid, void (*function)(void *), void *argument)
	__attribute__((visibility("hidden")));

#if defined(__x86_64__)

__asm__(
	".text\n.hidden clone_thread\n.global clone_thread\nclone_thread:\n"
	"sub $16, %rsi\nmov %r8, (%rsi)\nmov %rcx, 8(%rsi)\n"
	"mov %rdx, %r10\nxor %r8d, %r8d\nmov $56, %eax\nsyscall\n"
	"test %eax, %eax\njnz 1f\n"
	"xor %ebp, %ebp\npop %rdi\npop %rax\ncall *%rax\n"
	"xor %edi, %edi\nmov $60, %eax\nsyscall\n"
	"1: ret\n");

#elif defined(__aarch64__)

__asm__(
	".text\n.hidden clone_thread\n.global clone_thread\nclone_thread:\n"
	"stp x4, x3, [x1, #-16]!\n"
	"mov x4, x2\nmov x3, xzr\nmov x8, #220\nsvc 0\n"
	"cbnz x0, 1f\n"
	"mov x29, xzr\nldp x0, x1, [sp], #16\nblr x1\n"
	"mov x0, xzr\nmov x8, #93\nsvc 0\n"
	"1: ret\n");

#endif

int start_thread(struct thread *t, void (*function)(void *), void *argument)
{
	t->stack = map(0, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!t->stack) return 0;
	if (clone_thread(FLAGS, t->stack + STACK, &t->tid, function, argument) > 0) return 1;
	sys(SYS_munmap, t->stack, STACK);
	return 0;
}

void join_thread(struct thread *t)
{
	for (u32 tid; (tid = __atomic_load_n(&t->tid, __ATOMIC_ACQUIRE));)
		sys(SYS_futex, &t->tid, FUTEX_WAIT, tid, 0);
	sys(SYS_munmap, t->stack, STACK);
}
