"""Build tiny Windows executables with unusual layouts."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from support.plans import FUSE

Key = int | str
MANIFEST = b"<assembly/>"
ICON = bytes(range(100))


@dataclass
class PeBuilder:
    """The properties of a file; `build` returns its bytes."""

    wide: bool = True
    machine: int = 0x8664
    pe_offset: int = 0x78
    header_slack: int = 200
    resources: tuple[tuple[Key, Key, int, bytes], ...] | None = (
        (3, 1, 1033, ICON),
        (24, 1, 1033, MANIFEST),
    )
    certificates: bytes = b""
    symbols: bytes = b""
    directory_count: int = 16
    bound_imports: bool = False
    debug_outside: bool = False
    file_alignment: int = 512
    fill_slack_with: bytes = b""
    fuse: int = 0

    def build(self) -> bytes:
        """Return the file; afterwards ``fuse`` holds the fuse's file offset."""
        code = bytes(range(256)) * 2 + FUSE + b"0\0"
        resources = self._tree(0x3000) if self.resources is not None else b""
        contents = [(b".text", 0x1000, code, 0x60000020)]
        debug = 0x2000
        debug_entry = struct.pack("<IIHHIIII", 0, 0, 0, 0, 2, 16, 0, 0x999999)
        contents.append((b".rdata", 0x2000, debug_entry + b"read only" * 9, 0x40000040))
        if self.resources is not None:
            contents.append((b".rsrc", 0x3000, resources, 0x40000040))
        reloc = 0x3000 if self.resources is None else 0x4000
        contents.append((b".reloc", reloc, b"\0\x10\0\0\x0c\0\0\0\0\0\0\0", 0x42000040))
        optional_size = (112 if self.wide else 96) + 8 * self.directory_count
        section_table = self.pe_offset + 24 + optional_size
        end = section_table + 40 * len(contents) + self.header_slack
        headers_size = end
        raw = -(-headers_size // self.file_alignment) * self.file_alignment
        headers_size = raw if self.header_slack else end
        if not self.header_slack:
            # SizeOfHeaders is a multiple of the alignment: put the PE header as late as possible.
            self.pe_offset += raw - end
            section_table += raw - end
            headers_size = raw
        table, body, image_end = b"", b"", 0
        for name, rva, content, flags in contents:
            size = -(-len(content) // self.file_alignment) * self.file_alignment
            offset = raw + len(body)
            table += struct.pack(
                "<8s6IHHI", name, len(content), rva, size, offset, 0, 0, 0, 0, flags
            )
            if name == b".text":
                self.fuse = offset + code.index(FUSE) + len(FUSE)
            body += content.ljust(size, b"\0")
            image_end = rva + 0x1000
        directories = [(0, 0)] * 16
        if self.resources is not None:
            directories[2] = (0x3000, len(resources))
        if self.certificates:
            directories[4] = (raw + len(body), len(self.certificates))
        if self.debug_outside:
            directories[6] = (debug, 28)
        if self.bound_imports:
            directories[11] = (section_table + len(table), 16)
        coff = struct.pack(
            "<HHIIIHH",
            self.machine,
            len(contents),
            0,
            raw + len(body) + len(self.certificates) if self.symbols else 0,
            len(self.symbols) // 18,
            optional_size,
            0x22,
        )
        standard = struct.pack(
            "<HBBIIIII", 0x20B if self.wide else 0x10B, 14, 0, 512, 1024, 0, 0x1000, 0x1000
        )
        base = struct.pack("<Q", 0x140000000) if self.wide else struct.pack("<II", 0x2000, 0x400000)
        windows = struct.pack(
            "<IIHHHHHHIIIIHH",
            *(
                0x1000,
                self.file_alignment,
                6,
                0,
                0,
                0,
                6,
                0,
                0,
                image_end,
                headers_size,
                0,
                3,
                0x8160,
            ),
        )
        stack = struct.pack("<4Q" if self.wide else "<4I", 1 << 20, 4096, 1 << 20, 4096)
        counts = struct.pack("<II", 0, self.directory_count)
        optional = standard + base + windows + stack + counts
        optional += b"".join(
            struct.pack("<II", *pair) for pair in directories[: self.directory_count]
        )
        dos = b"MZ".ljust(60, b"\x11") + struct.pack("<I", self.pe_offset)
        stub = (b"This program cannot be run in DOS mode." * 40)[: self.pe_offset - 64]
        head = dos + stub + b"PE\0\0" + coff + optional + table
        slack = b"bound!" if self.bound_imports else self.fill_slack_with
        head += slack[: raw - len(head)]
        return head.ljust(raw, b"\0") + body + self.certificates + self.symbols

    def _tree(self, rva: int) -> bytes:
        """Return a resource tree of three levels; the caller has sorted the entries."""
        assert self.resources is not None
        types: dict[Key, dict[Key, dict[int, bytes]]] = {}
        for kind, name, language, data in self.resources:
            types.setdefault(kind, {}).setdefault(name, {})[language] = data
        directories, leaves, names, datas = bytearray(), bytearray(), bytearray(), bytearray()
        leaf_count = len(self.resources)
        directories_size = 16 + 8 * len(types)
        directories_size += sum(16 + 8 * len(items) for items in types.values())
        directories_size += sum(
            16 + 8 * len(languages) for items in types.values() for languages in items.values()
        )
        names_at = directories_size + 16 * leaf_count
        names_size = sum(
            2 + 2 * len(key)
            for key in [*types, *(name for items in types.values() for name in items)]
            if isinstance(key, str)
        )
        datas_at = -(-(names_at + names_size) // 8) * 8

        def identity(key: Key) -> int:
            if isinstance(key, int):
                return key
            at = names_at + len(names)
            names.extend(struct.pack("<H", len(key)) + key.encode("utf-16-le"))
            return 0x80000000 | at

        def head(keys: list[Key]) -> bytes:
            named = sum(isinstance(key, str) for key in keys)
            return struct.pack("<IIHHHH", 0, 0, 4, 0, named, len(keys) - named)

        levels = [16 + 8 * len(types)]
        second = levels[0]
        third = second + sum(16 + 8 * len(items) for items in types.values())
        directories += head(list(types))
        at = second
        for kind, items in types.items():
            directories += struct.pack("<II", identity(kind), 0x80000000 | at)
            at += 16 + 8 * len(items)
        at = third
        for items in types.values():
            directories += head(list(items))
            for name, languages in items.items():
                directories += struct.pack("<II", identity(name), 0x80000000 | at)
                at += 16 + 8 * len(languages)
        for items in types.values():
            for languages in items.values():
                directories += head(list(languages))
                for language, data in languages.items():
                    directories += struct.pack("<II", language, directories_size + len(leaves))
                    place = rva + datas_at + len(datas)
                    leaves += struct.pack("<IIII", place, len(data), 0, 0)
                    datas += data + bytes(-len(data) % 8)
        return bytes(directories + leaves + names).ljust(datas_at, b"\0") + bytes(datas)
