/*
 * The merged libraries as the dynamic linker sees them; a part of ldso/dynlink.c.
 *
 * Their images are mapped by the kernel with the executable and stay. They are loaded at start, as
 * what the program needs; later they are only found: once relocated an image cannot be taken anew.
 */

static void kernel_mapped_dso(struct dso *);

/* Number of the merged library of that name, from 1; 0 when there is none. */
static int merged_number(const char *name)
{
	for (size_t i=0; __merged.phnum && i<__merged.nlib && i<countof(__merged.lib); i++)
		if (!strcmp(name, __merged.lib[i].name) || !strcmp(name, __merged.lib[i].alias))
			return i+1;
	return 0;
}

static struct dso *merged_loaded(int number)
{
	for (struct dso *p=head; number && p; p=p->next)
		if (p->merged == number) return p;
	return 0;
}

/* Describes the image as map_library() does after mapping a file. */
static void merged_map(int number, struct dso *p)
{
	Ehdr *eh = (void *)MERGED_ADDRESS(__merged.lib[number-1].ehdr);
	p->merged = number;
	p->base = (void *)eh;
	p->phdr = (void *)(p->base + eh->e_phoff);
	p->phnum = eh->e_phnum;
	p->phentsize = eh->e_phentsize;
	kernel_mapped_dso(p);
	for (int i=0; i<p->phnum; i++) {
		Phdr *ph = (void *)((char *)p->phdr + i*p->phentsize);
		if (ph->p_type != PT_TLS) continue;
		p->tls.image = laddr(p, ph->p_vaddr);
		p->tls.len = ph->p_filesz;
		p->tls.size = ph->p_memsz;
		p->tls.align = ph->p_align;
	}
}

/* What to add to the message about a library that fails to load. */
static const char *merged_hint(struct dso *p)
{
	for (size_t i=0; p->dynv[i]; i+=2)
		if (p->dynv[i]==DT_NEEDED && !strcmp(p->strings+p->dynv[i+1], "libc.so.6"))
			return " (it is built for glibc, but this program runs on musl)";
	return "";
}
