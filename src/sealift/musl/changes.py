"""The changes to musl: new files, and edits in its own files that call them.

The new files are in ``c/``; ``c/merged.h`` says what they do.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from msgspec import Struct

from sealift.musl import messages

MAGIC = b"LSTATIC-EMBED\x01\x02\x03"
"""Begins the block that ``c/merged.h`` describes; occurs once in the compiled musl."""

_ADDED = {
    "merged.h": "src/internal/merged.h",
    "merged.c": "ldso/merged.c",
    "merged_dso.h": "ldso/merged_dso.h",
}


class Edit(Struct, frozen=True):
    """An edit in one of musl's files, in which ``old`` occurs exactly once."""

    file: str
    old: str
    new: str


EDITS = (
    Edit("ldso/dlstart.c", '#include "libc.h"\n', '#include "libc.h"\n#include "merged.h"\n'),
    Edit(
        "ldso/dlstart.c",
        "\tfor (i=0; i<AUX_CNT; i++) aux[i] = 0;\n",
        "\tsize_t merged_base = merged_describe(auxv);\n\tfor (i=0; i<AUX_CNT; i++) aux[i] = 0;\n",
    ),
    Edit(
        "ldso/dlstart.c",
        "\t\taux[auxv[i]] = auxv[i+1];\n",
        "\t\taux[auxv[i]] = auxv[i+1];\n\tif (merged_base) aux[AT_BASE] = merged_base;\n",
    ),
    Edit("ldso/dynlink.c", '#include "libc.h"\n', '#include "libc.h"\n#include "merged.h"\n'),
    Edit("ldso/dynlink.c", "\tchar kernel_mapped;\n", "\tchar kernel_mapped;\n\tchar merged;\n"),
    Edit(
        "ldso/dynlink.c",
        "static void do_relocs(struct dso *dso, ",
        '#include "merged_dso.h"\n\nstatic void do_relocs(struct dso *dso, ',
    ),
    # When a library fails to load, the merged images stay in memory.
    Edit(
        "ldso/dynlink.c",
        "static void unmap_library(struct dso *dso)\n{\n",
        "static void unmap_library(struct dso *dso)\n{\n\tif (dso->merged) return;\n",
    ),
    # A merged library has priority over every library on the disk.
    Edit(
        "ldso/dynlink.c",
        "\tif (strchr(name, '/')) {\n\t\tpathname = name;\n\t\tfd = open(name, ",
        "\tint merged = merged_number(name);\n"
        "\tif ((p = merged_loaded(merged))) return p;\n"
        "\tif (merged && !runtime) {\n"
        "\t\tmerged_map(merged, &temp_dso);\n"
        "\t\tdecode_dyn(&temp_dso);\n"
        "\t\ttemp_dso.rpath_orig = 0;\n"
        "\t\tmemset(&st, 0, sizeof st);\n"
        "\t\tpathname = __merged.lib[merged-1].name;\n"
        "\t\tgoto mapped;\n"
        "\t}\n"
        "\tif (strchr(name, '/')) {\n\t\tpathname = name;\n\t\tfd = open(name, ",
    ),
    Edit(
        "ldso/dynlink.c",
        "\tif (!runtime) reclaim_gaps(&temp_dso);\n",
        "mapped:\n\tif (!runtime) reclaim_gaps(&temp_dso);\n",
    ),
    Edit(
        "ldso/dynlink.c",
        "\tif (pathname != name) p->shortname = strrchr(p->name, '/')+1;\n\tif (p->tls.image) {\n",
        "\tif (p->merged) p->shortname = p->name;\n"
        "\telse if (pathname != name) p->shortname = strrchr(p->name, '/')+1;\n"
        "\tif (p->tls.image) {\n",
    ),
    # A host's LD_PRELOAD is meant for the host's C library.
    Edit(
        "ldso/dynlink.c",
        '\t\tenv_preload = getenv("LD_PRELOAD");\n',
        '\t\tif (!__merged.phnum) env_preload = getenv("LD_PRELOAD");\n',
    ),
    Edit(
        "ldso/dynlink.c",
        'error("Error relocating %s: %s: symbol not found",\n\t\t\t\t\tdso->name, name);',
        'error("Error relocating %s: %s: symbol not found%s",\n'
        "\t\t\t\t\tdso->name, name, merged_hint(dso));",
    ),
    Edit(
        "ldso/dynlink.c",
        'error("Error loading shared library %s: %m (needed by %s)",\n'
        "\t\t\t\tp->strings + p->dynv[i+1], p->name);",
        'error("Error loading shared library %s: %m (needed by %s)%s",\n'
        "\t\t\t\tp->strings + p->dynv[i+1], p->name, merged_hint(p));",
    ),
    # Node loads addons lazily: one that calls functions of glibc alone would crash then.
    Edit(
        "ldso/dynlink.c",
        "(dyn[DT_FLAGS] & DF_BIND_NOW) || (flags1 & DF_1_NOW))\n\t\treturn;\n",
        "(dyn[DT_FLAGS] & DF_BIND_NOW) || (flags1 & DF_1_NOW)\n"
        "\t    || *merged_hint(p))\n\t\treturn;\n",
    ),
    # Servers can listen on localhost without /etc/hosts too (RFC 6761, 6.3); the system's own file
    # has priority.
    Edit(
        "src/network/lookup_name.c",
        "#include <string.h>\n",
        "#include <string.h>\n#include <strings.h>\n",
    ),
    Edit(
        "src/network/lookup_name.c",
        "static int name_from_numeric(struct address buf[static 1], ",
        "static int is_localhost(const char *name)\n{\n"
        "\tsize_t l = strlen(name);\n"
        "\tif (l && name[l-1]=='.') l--;\n"
        '\treturn l>=9 && !strncasecmp(name+l-9, "localhost", 9)\n'
        "\t\t&& (l==9 || name[l-10]=='.');\n}\n\n"
        "static int name_from_numeric(struct address buf[static 1], ",
    ),
    Edit(
        "src/network/lookup_name.c",
        "\t\tcnt = name_from_hosts(buf, canon, name, family);\n",
        "\t\tcnt = name_from_hosts(buf, canon, name, family);\n"
        "\t\tif (!cnt && is_localhost(name)) cnt = name_from_null(buf, 0, family, 0);\n",
    ),
    # CVE-2026-40200, as musl itself corrected it (b277659b).
    Edit(
        "src/stdlib/qsort.c",
        "\tint r = ntz(p[0] - 1);\n"
        "\tif(r != 0 || (r = 8*sizeof(size_t) + ntz(p[1])) != 8*sizeof(size_t)) {\n"
        "\t\treturn r;\n\t}\n\treturn 0;\n",
        "\tif (p[0] != 1) return ntz(p[0] - 1);\n"
        "\treturn p[1] ? 8*sizeof(size_t) + ntz(p[1]) : 0;\n",
    ),
    # CVE-2025-26519, as musl itself corrected it after 1.2.5 (e5adcd97 and c47ad25e).
    Edit(
        "src/locale/iconv.c",
        "if (c >= 93 || c>=0xc6-0x81 && d>0x52)",
        "if (c > 0xc6-0x81 || c==0xc6-0x81 && d>0x52)",
    ),
    Edit(
        "src/locale/iconv.c",
        "} else k = wctomb_utf8(*out, c);\n",
        "} else k = wctomb_utf8(*out, c);\n\t\t\tif (k>4) goto ilseq;\n",
    ),
)


def digest() -> str:
    """Return the SHA-256 digest, in hex, of all changes."""
    digest = hashlib.sha256()
    for name, place in _ADDED.items():
        digest.update(f"{place}\n".encode() + _added(name))
    for edit in EDITS:
        digest.update(repr((edit.file, edit.old, edit.new)).encode())
    return digest.hexdigest()


def apply(tree: Path) -> None:
    """Change musl's source in ``tree``.

    Raises:
        FormatError: ``musl-unknown``: the text of an edit does not occur exactly once.
    """
    for name, place in _ADDED.items():
        (tree / place).write_bytes(_added(name))
    for edit in EDITS:
        path = tree / edit.file
        # Bytes, so that no host changes a line ending.
        text, old = path.read_bytes(), edit.old.encode()
        if text.count(old) != 1:
            raise messages.SOURCE_UNKNOWN.error(file=edit.file)
        path.write_bytes(text.replace(old, edit.new.encode()))


def _added(name: str) -> bytes:
    # A checkout on Windows may have other line endings.
    content = (Path(__file__).with_name("c") / name).read_bytes()
    return content.replace(b"\r\n", b"\n")
