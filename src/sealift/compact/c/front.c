/*
 * The program in front of a compressed executable for Linux.
 *
 * It finds the unpacked executable in the user's cache, or unpacks it there; where nothing can be
 * written, into memory. Then it maps the executable as the kernel does, and jumps to it. The process
 * stays that of this file: /proc/self/exe, argv, the process's name and the descriptors are as if
 * the file were the executable itself.
 *
 * sealift/compact/layout.py describes the file. Nothing here uses a C library.
 */

#include "front.h"

START;

#define DIRECTORY "sealift/compact"
#define KEPT 8            /* unpacked executables in one directory; each has about 110 MB */
#define KEPT_SECONDS (30 * 24 * 3600)
#define TOUCHED_SECONDS (24 * 3600)
#define FRAMES 8
#define STEP (64 << 10)
#define LARGEST ((u64)1 << 32)

struct frame {
	u64 offset, stored, size;
	u32 filter, checksum;
};

struct trailer {
	char magic[16];
	u8 digest[32];
	u64 size, frames;
	struct frame frame[FRAMES];
	u32 reserved, checksum;
};

_Static_assert(sizeof(struct trailer) == 328, "layout.py");

static const char magic[16] = "SEALIFT-COMPACT\2";
static const char *own_path;

static void __attribute__((noreturn)) fail(const char *before, const char *what, const char *after)
{
	char line[5000];
	size_t end = 0;
	const char *parts[] = { "sealift: ", before, what, after, "\n" };
	for (int i = 0; i < 5; i++)
		for (const char *p = parts[i]; *p && end < sizeof line; p++) line[end++] = *p;
	sys(SYS_write, 2, line, end);
	sys(SYS_exit_group, 1);
	__builtin_unreachable();
}

static void __attribute__((noreturn)) damaged(void)
{
	fail("", own_path, " is damaged. Copy or download it again.");
}

/* ---- Reading this file ---- */

static int read_all(int fd, void *buffer, u64 size, u64 offset)
{
	for (u64 done = 0; done < size;) {
		long n = sys(SYS_pread64, fd, (char *)buffer + done, size - done, offset + done);
		if (n == -EINTR) continue;
		if (n <= 0) return 0;
		done += n;
	}
	return 1;
}

/* Eight bytes at a time: a row of the table has what a byte does to the sum some bytes later. */
static u32 crc_table[8][256];

static void make_crc_table(void)
{
	for (u32 byte = 0; byte < 256; byte++) {
		u32 sum = byte;
		for (int bit = 0; bit < 8; bit++) sum = sum >> 1 ^ (sum & 1 ? 0xEDB88320 : 0);
		crc_table[0][byte] = sum;
	}
	for (int row = 1; row < 8; row++)
		for (u32 byte = 0; byte < 256; byte++) {
			u32 before = crc_table[row - 1][byte];
			crc_table[row][byte] = before >> 8 ^ crc_table[0][before & 255];
		}
}

static u32 crc32(const u8 *data, size_t size)
{
	u32 sum = ~(u32)0;
	for (; size >= 8; size -= 8, data += 8) {
		u32 low = sum ^ (data[0] | data[1] << 8 | data[2] << 16 | (u32)data[3] << 24);
		sum = crc_table[7][low & 255] ^ crc_table[6][low >> 8 & 255]
			^ crc_table[5][low >> 16 & 255] ^ crc_table[4][low >> 24]
			^ crc_table[3][data[4]] ^ crc_table[2][data[5]]
			^ crc_table[1][data[6]] ^ crc_table[0][data[7]];
	}
	while (size--) sum = sum >> 8 ^ crc_table[0][(sum ^ *data++) & 255];
	return ~sum;
}

/* Reads the trailer; nothing in it is used before it is known to be sound. */
static void read_trailer(int self, struct trailer *t)
{
	struct stat st;
	u64 begin, total = 0;
	make_crc_table();
	if (sys(SYS_fstat, self, &st) || st.st_size < (long)sizeof *t) damaged();
	begin = st.st_size - sizeof *t;
	if (!read_all(self, t, sizeof *t, begin)) damaged();
	if (!equal(t->magic, magic, sizeof magic)) damaged();
	if (t->checksum != crc32((u8 *)t, sizeof *t - sizeof t->checksum)) damaged();
	if (!t->frames || t->frames > FRAMES || !t->size || t->size > LARGEST) damaged();
	for (u64 i = 0; i < t->frames; i++) {
		struct frame *f = t->frame + i;
		if (f->offset > begin || f->stored > begin - f->offset) damaged();
		if (f->size > t->size - total) damaged();
		if (f->filter > 3) damaged();
		total += f->size;
	}
	if (total != t->size) damaged();
}

struct unpacking {
	int self;
	const struct frame *frame;
	u8 *to;
	int done;
};

static void unpack_frame(void *argument)
{
	struct unpacking *u = argument;
	const struct frame *f = u->frame;
	u64 skipped = f->offset & (page_size - 1);
	u8 *in = map(0, f->stored + skipped, PROT_READ, MAP_PRIVATE | MAP_POPULATE, u->self,
		f->offset - skipped);
	if (!in) return;
	u->done = crc32(in + skipped, f->stored) == f->checksum
		&& decompress(u->to, f->size, in + skipped, f->stored)
		&& unfilter(f->filter, u->to, f->size);
	sys(SYS_munmap, in, f->stored + skipped);
}

/* The executable, in memory. A thread unpacks the largest frame, if there can be one. */
static u8 *unpack(int self, const struct trailer *t)
{
	u8 *image = map(0, t->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!image) fail("There is not enough memory to unpack ", own_path, ".");
	sys(SYS_madvise, image, t->size, MADV_HUGEPAGE);
	struct unpacking each[FRAMES];
	struct thread thread;
	u8 *to = image;
	u64 largest = 0;
	for (u64 i = 0; i < t->frames; i++) {
		each[i] = (struct unpacking) { self, t->frame + i, to, 0 };
		if (t->frame[i].stored > t->frame[largest].stored) largest = i;
		to += t->frame[i].size;
	}
	int helped = start_thread(&thread, unpack_frame, each + largest);
	for (u64 i = 0; i < t->frames; i++)
		if (!helped || i != largest) unpack_frame(each + i);
	if (helped) join_thread(&thread);
	for (u64 i = 0; i < t->frames; i++)
		if (!each[i].done) damaged();
	return image;
}

/* ---- The unpacked executable in a directory ---- */

/* Writing to a file changes its time; so this time, made of the digest, shows that it is complete
 * and nobody has changed it since. Even seconds, which every file system can store. */
static long stamp(const struct trailer *t)
{
	u32 number = t->digest[0] | t->digest[1] << 8 | t->digest[2] << 16;
	return 1000000000 + 2 * (long)number;
}

static int is_own(const struct stat *st, u32 kind)
{
	return (st->st_mode & S_IFMT) == kind && st->st_uid == sys(SYS_geteuid);
}

/* Some file systems are mounted without the right to execute. */
static int may_run(int fd)
{
	void *page = map(0, page_size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (page) sys(SYS_munmap, page, page_size);
	return page != 0;
}

/* A directory in which nobody else can change anything, or -1. Its parent may be anybody's: files
 * in it are reached through the descriptor only. */
static int open_private(const char *parent, const char *name)
{
	struct stat st;
	int above = sys(SYS_openat, AT_FDCWD, parent, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	if (above < 0) return -1;
	for (const char *slash; (slash = find(name, '/')); name = slash + 1) {
		char first[64];
		copy(first, name, slash - name);
		first[slash - name] = 0;
		sys(SYS_mkdirat, above, first, 0700);
		int next = sys(SYS_openat, above, first, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
		sys(SYS_close, above);
		if ((above = next) < 0) return -1;
	}
	sys(SYS_mkdirat, above, name, 0700);
	int fd = sys(SYS_openat, above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
	sys(SYS_close, above);
	if (fd < 0) return -1;
	if (!sys(SYS_fstat, fd, &st) && is_own(&st, S_IFDIR) && !(st.st_mode & 077)) return fd;
	sys(SYS_close, fd);
	return -1;
}

/* The complete file of that name, or -1. */
static int open_unpacked(int directory, const char *name, const struct trailer *t)
{
	struct stat st;
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd = sys(SYS_openat, directory, name, flags, 0);
	if (fd < 0) return -1;
	if (!sys(SYS_fstat, fd, &st) && is_own(&st, S_IFREG) && !(st.st_mode & 022)
	    && (u64)st.st_size == t->size && st.st_mtime == stamp(t) && may_run(fd)) {
		struct timespec now;
		sys(SYS_clock_gettime, CLOCK_REALTIME, &now);
		if (now.tv_sec - st.st_atime > TOUCHED_SECONDS) {
			struct timespec times[2] = { now, { 0, UTIME_OMIT } };
			sys(SYS_utimensat, fd, 0, times, 0);
		}
		return fd;
	}
	sys(SYS_close, fd);
	return -1;
}

/* In small steps: what is written at once is mapped at once, and counts as memory of the program. */
static int write_all(int fd, const u8 *data, u64 size)
{
	while (size) {
		long n = sys(SYS_write, fd, data, size < STEP ? size : STEP);
		if (n == -EINTR) continue;
		if (n <= 0) return 0;
		data += n;
		size -= n;
	}
	return 1;
}

/* Writes the file beside its name and renames it; gives a descriptor, or -1 if it cannot be. The
 * lock says that this process lives. */
static int write_unpacked(int directory, const char *name, const struct trailer *t, const u8 *image)
{
	char unfinished[128];
	u64 number;
	struct timespec times[2] = { { 0, 0 }, { stamp(t), 0 } };
	if (sys(SYS_getrandom, &number, sizeof number, 0) != sizeof number) return -1;
	copy(unfinished, name, 64);
	unfinished[64] = '.';
	hex(unfinished + 65, (u8 *)&number, sizeof number);
	copy(unfinished + 81, ".tmp", 5);
	int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = sys(SYS_openat, directory, unfinished, flags, 0500);
	if (fd < 0) return -1;
	sys(SYS_flock, fd, LOCK_EX | LOCK_NB);
	sys(SYS_clock_gettime, CLOCK_REALTIME, times);
	if (may_run(fd) && write_all(fd, image, t->size) && !sys(SYS_utimensat, fd, 0, times, 0)) {
		/* If the rename fails, this process can use the file nevertheless. */
		if (sys(SYS_renameat, directory, unfinished, directory, name))
			sys(SYS_unlinkat, directory, unfinished, 0);
		return fd;
	}
	sys(SYS_unlinkat, directory, unfinished, 0);
	sys(SYS_close, fd);
	return -1;
}

/* Removes what killed processes have left, executables that were not started for long, and of the
 * others the oldest if there are too many. Programs that run keep their file. */
static void sweep(int directory, const char *current)
{
	struct { char name[65]; long used; } kept[KEPT];
	struct timespec now;
	int count = 0;
	char buffer[4096];
	sys(SYS_clock_gettime, CLOCK_REALTIME, &now);
	sys(SYS_lseek, directory, 0, 0);
	for (long n; (n = sys(SYS_getdents64, directory, buffer, sizeof buffer)) > 0;)
		for (long at = 0; at < n;) {
			struct dirent *entry = (void *)(buffer + at);
			const char *name = entry->d_name;
			size_t size = length(name);
			struct stat st;
			at += entry->d_reclen;
			if ((size != 64 && size != 85) || equal(name, current, 65)) continue;
			int fd = sys(SYS_openat, directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
			if (fd < 0) continue;
			int gone = sys(SYS_fstat, fd, &st) || !is_own(&st, S_IFREG);
			int free = !sys(SYS_flock, fd, LOCK_EX | LOCK_NB);
			sys(SYS_close, fd);
			if (gone) continue;
			if (size == 85 ? free : now.tv_sec - st.st_atime > KEPT_SECONDS) {
				sys(SYS_unlinkat, directory, name, 0);
				continue;
			}
			if (size == 85) continue;
			if (count < KEPT - 1) {
				copy(kept[count].name, name, 65);
				kept[count++].used = st.st_atime;
				continue;
			}
			int oldest = 0;
			for (int i = 1; i < count; i++)
				if (kept[i].used < kept[oldest].used) oldest = i;
			if (kept[oldest].used < st.st_atime) {
				sys(SYS_unlinkat, directory, kept[oldest].name, 0);
				copy(kept[oldest].name, name, 65);
				kept[oldest].used = st.st_atime;
			} else sys(SYS_unlinkat, directory, name, 0);
		}
}

/* The directories for unpacked executables, in order; -1 after the last. */
static int open_place(int number, char **envp)
{
	const char *value;
	char path[4096];
	switch (number) {
	case 0:
		value = variable(envp, "PKG_NATIVE_CACHE_PATH");
		if (!value) value = variable(envp, "XDG_CACHE_HOME");
		if (value && *value == '/') {
			sys(SYS_mkdirat, AT_FDCWD, value, 0700);
			return open_private(value, DIRECTORY);
		}
		value = variable(envp, "HOME");
		/* Only a home that exists is used. */
		return value && *value == '/' ? open_private(value, ".cache/" DIRECTORY) : -1;
	case 1:
		value = variable(envp, "TMPDIR");
		if (!value || *value != '/') value = "/tmp";
		copy(path, "sealift-compact-", 16);
		decimal(path + 16, sys(SYS_geteuid));
		return open_private(value, path);
	}
	return -1;
}

enum { PLACES = 2 };

/* ---- Loading ---- */

#define INTERPRETER 512         /* bytes of its name */
#define HIGHEST ((u64)1 << 56)  /* address that a program may ask for */

struct source {
	int fd;          /* of the file, or -1 */
	const u8 *image; /* its content, if there is no descriptor */
	u64 size;        /* in bytes */
};

struct loaded {
	u64 bias, entry, phdr, phnum;
	char interpreter[INTERPRETER];
};

static int is_inside(const struct source *s, u64 size, u64 offset)
{
	return offset <= s->size && size <= s->size - offset;
}

static int content(const struct source *s, void *buffer, u64 size, u64 offset)
{
	if (!is_inside(s, size, offset)) return 0;
	if (s->fd >= 0) return read_all(s->fd, buffer, size, offset);
	copy(buffer, s->image + offset, size);
	return 1;
}

static u64 page_start(u64 address) { return address & ~(page_size - 1); }
static u64 page_end(u64 address) { return page_start(address + page_size - 1); }

static int map_segment(const struct source *s, const Elf64_Phdr *p, u64 bias)
{
	int prot = (p->p_flags & PF_R ? PROT_READ : 0) | (p->p_flags & PF_W ? PROT_WRITE : 0)
		| (p->p_flags & PF_X ? PROT_EXEC : 0);
	u64 start = bias + p->p_vaddr, begin = page_start(start), skipped = start - begin;
	u64 file_end = start + p->p_filesz, end = page_end(start + p->p_memsz), mapped = begin;
	int anonymous = MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS;
	if (p->p_filesz && s->fd >= 0) {
		mapped = page_end(file_end);
		if (!map((void *)begin, mapped - begin, prot, MAP_PRIVATE | MAP_FIXED, s->fd,
		    p->p_offset - skipped)) return 0;
		if (p->p_memsz > p->p_filesz && p->p_flags & PF_W)
			fill((void *)file_end, 0, mapped - file_end);
	} else if (p->p_filesz) {
		mapped = page_end(file_end);
		if (!map((void *)begin, mapped - begin, PROT_READ | PROT_WRITE, anonymous, -1, 0)) return 0;
		copy((void *)start, s->image + p->p_offset, p->p_filesz);
		if (sys(SYS_mprotect, begin, mapped - begin, prot)) return 0;
	}
	return mapped >= end || map((void *)mapped, end - mapped, prot, anonymous, -1, 0);
}

struct layout {
	Elf64_Ehdr header;
	Elf64_Phdr ph[64];
};

/* Reads the headers of an ELF file; 0 if it is not one for this machine, or not a whole one. */
static int read_layout(const struct source *s, struct layout *e)
{
	Elf64_Ehdr *header = &e->header;
	if (!content(s, header, sizeof *header, 0)) return 0;
	if (!equal(header->e_ident, "\177ELF\2\1", 6) || header->e_machine != MACHINE) return 0;
	if (header->e_type != ET_EXEC && header->e_type != ET_DYN) return 0;
	if (header->e_phentsize != sizeof *e->ph || !header->e_phnum || header->e_phnum > 64) return 0;
	if (!content(s, e->ph, header->e_phnum * sizeof *e->ph, header->e_phoff)) return 0;
	int loads = 0;
	for (const Elf64_Phdr *p = e->ph; p < e->ph + header->e_phnum; p++) {
		if (p->p_type == PT_INTERP && (!p->p_filesz || p->p_filesz > INTERPRETER
		    || !is_inside(s, p->p_filesz, p->p_offset))) return 0;
		if (p->p_type != PT_LOAD) continue;
		loads++;
		if (!is_inside(s, p->p_filesz, p->p_offset) || p->p_filesz > p->p_memsz) return 0;
		if (p->p_memsz > HIGHEST || p->p_vaddr > HIGHEST - p->p_memsz) return 0;
		if (p->p_filesz && (p->p_vaddr ^ p->p_offset) & (page_size - 1)) return 0;
	}
	return loads > 0;
}

/* Maps an ELF file as the kernel does; 0 if that is not possible. */
static int load(const struct source *s, const struct layout *e, struct loaded *l)
{
	const Elf64_Ehdr header = e->header;
	const Elf64_Phdr *ph = e->ph;
	u64 low = ~(u64)0, high = 0, align = page_size;
	l->interpreter[0] = 0;
	l->phdr = 0;
	for (int i = 0; i < header.e_phnum; i++) {
		if (ph[i].p_type == PT_INTERP) {
			if (!content(s, l->interpreter, ph[i].p_filesz, ph[i].p_offset)) return 0;
			l->interpreter[ph[i].p_filesz - 1] = 0;
		}
		if (ph[i].p_type != PT_LOAD) continue;
		if (ph[i].p_vaddr < low) low = page_start(ph[i].p_vaddr);
		if (ph[i].p_vaddr + ph[i].p_memsz > high) high = page_end(ph[i].p_vaddr + ph[i].p_memsz);
		if (ph[i].p_align > align && !(ph[i].p_align & (ph[i].p_align - 1))) align = ph[i].p_align;
		if (header.e_phoff >= ph[i].p_offset && header.e_phoff < ph[i].p_offset + ph[i].p_filesz)
			l->phdr = header.e_phoff - ph[i].p_offset + ph[i].p_vaddr;
	}
	u64 size = high - low;
	if (header.e_type == ET_EXEC) {
		int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
		/* Kernels before 4.17 take the address for a hint. */
		if ((u64)map((void *)low, size, PROT_NONE, flags, -1, 0) != low) return 0;
		l->bias = 0;
	} else {
		int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
		u64 begin = (u64)map(0, size + align, PROT_NONE, flags, -1, 0);
		if (!begin) return 0;
		u64 used = (begin + align - 1) & ~(align - 1);
		if (used > begin) sys(SYS_munmap, begin, used - begin);
		sys(SYS_munmap, used + size, begin + align - used);
		l->bias = used - (low & ~(align - 1));
		if (low & (align - 1)) return 0;
	}
	for (int i = 0; i < header.e_phnum; i++)
		if (ph[i].p_type == PT_LOAD && !map_segment(s, ph + i, l->bias)) return 0;
	l->entry = l->bias + header.e_entry;
	l->phdr += l->bias;
	l->phnum = header.e_phnum;
	return 1;
}

/* ---- The start ---- */

static int open_self(void)
{
	int fd = sys(SYS_openat, AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC, 0);
	return fd < 0 ? (int)sys(SYS_openat, AT_FDCWD, own_path, O_RDONLY | O_CLOEXEC, 0) : fd;
}

/* Finds or makes the unpacked executable. */
static struct source obtain(int self, const struct trailer *t, char **envp, int is_secure)
{
	char name[65];
	hex(name, t->digest, sizeof t->digest);
	/* With the rights of another user than the one who starts it, nothing of theirs is used. */
	int places = is_secure ? 0 : PLACES;
	for (int i = 0; i < places; i++) {
		int directory = open_place(i, envp);
		if (directory < 0) continue;
		int fd = open_unpacked(directory, name, t);
		sys(SYS_close, directory);
		if (fd >= 0) return (struct source) { fd, 0, t->size };
	}
	struct source made = { -1, unpack(self, t), t->size };
	for (int i = 0; i < places && made.fd < 0; i++) {
		int directory = open_place(i, envp);
		if (directory < 0) continue;
		made.fd = write_unpacked(directory, name, t, made.image);
		if (made.fd >= 0) sweep(directory, name);
		sys(SYS_close, directory);
	}
	return made;
}

extern const Elf64_Dyn _DYNAMIC[] __attribute__((visibility("hidden")));
extern char __ehdr_start[] __attribute__((visibility("hidden")));

/* Corrects the addresses in this program's data: no dynamic loader does it. */
static void relocate(void)
{
	char *base = __ehdr_start;
	const Elf64_Rela *rela = 0;
	u64 size = 0;
	for (const Elf64_Dyn *d = _DYNAMIC; d->d_tag; d++) {
		if (d->d_tag == DT_RELA) rela = (const void *)(base + d->d_un.d_ptr);
		if (d->d_tag == DT_RELASZ) size = d->d_un.d_val;
	}
	for (; size; size -= sizeof *rela, rela++)
		*(u64 *)(base + rela->r_offset) = (u64)(base + rela->r_addend);
}

/* Called with the stack that the kernel has made; returns the address to jump to. */
u64 front(u64 *stack)
{
	char **argv = (char **)(stack + 1), **envp = argv + stack[0] + 1, **end = envp;
	while (*end) end++;
	Elf64_auxv_t *auxv = (void *)(end + 1);
	int is_secure = 0;
	relocate();
	own_path = argv[0] ? argv[0] : "this program";
	page_size = 4096;
	for (Elf64_auxv_t *a = auxv; a->a_type; a++) {
		if (a->a_type == AT_PAGESZ) page_size = a->a_un.a_val;
		if (a->a_type == AT_SECURE) is_secure = a->a_un.a_val != 0;
		if (a->a_type == AT_EXECFN) own_path = (char *)a->a_un.a_val;
	}

	struct trailer t;
	struct layout layout;
	struct loaded program, interpreter = { 0 };
	int self = open_self();
	if (self < 0) fail("", own_path, " cannot be read. Give its user the right to read it.");
	read_trailer(self, &t);
	struct source source = obtain(self, &t, envp, is_secure);
	sys(SYS_close, self);
	if (!read_layout(&source, &layout)) damaged();
	if (!load(&source, &layout, &program)) fail("", own_path, " cannot be mapped: memory is limited or refused.");
	if (source.image) sys(SYS_munmap, source.image, t.size);
	if (source.fd >= 0) sys(SYS_close, source.fd);
	if (program.interpreter[0]) {
		struct stat st;
		struct source file = { sys(SYS_openat, AT_FDCWD, program.interpreter, O_RDONLY | O_CLOEXEC, 0), 0 };
		if (file.fd >= 0 && !sys(SYS_fstat, file.fd, &st)) file.size = st.st_size;
		if (!read_layout(&file, &layout) || !load(&file, &layout, &interpreter))
			fail(own_path, " needs the dynamic loader ", program.interpreter);
		sys(SYS_close, file.fd);
	}
	for (Elf64_auxv_t *a = auxv; a->a_type; a++) {
		if (a->a_type == AT_PHDR) a->a_un.a_val = program.phdr;
		if (a->a_type == AT_PHNUM) a->a_un.a_val = program.phnum;
		if (a->a_type == AT_PHENT) a->a_un.a_val = sizeof(Elf64_Phdr);
		if (a->a_type == AT_ENTRY) a->a_un.a_val = program.entry;
		if (a->a_type == AT_BASE) a->a_un.a_val = interpreter.bias;
	}
	return interpreter.entry ? interpreter.entry : program.entry;
}
