"""What is known of the libraries in a Node binary: names, addresses and licences."""

from __future__ import annotations

import re

from msgspec import Struct

_NUMBERS = re.compile(r"\d+(?:\.\d+)*[a-z]?")


class Known(Struct, frozen=True):
    """A library that Node contains.

    Attributes:
        name: as its authors write it.
        purl: of the package, without a version.
        licence: SPDX expression.
        cpe: vendor and product in the dictionary of vulnerabilities (CPE), or "".
    """

    name: str
    purl: str
    licence: str
    cpe: str = ""

    def cpe_of(self, version: str) -> str:
        """Return the CPE of a version; only its numbers count there."""
        return cpe_of(self.cpe, version)


def cpe_of(product: str, version: str) -> str:
    """Return the CPE 2.3 name of a product's version; "" if there is none."""
    numbers = _NUMBERS.match(version)
    if not product or numbers is None:
        return ""
    return f"cpe:2.3:a:{product}:{numbers.group()}:*:*:*:*:*:*:*"


def library_licence(name: str) -> str:
    """Return the licence of a library that comes with a musl Node; "" if it is unknown."""
    of_gcc = name.startswith(("libstdc++.", "libgcc_s.", "libatomic."))
    return "GPL-3.0-or-later WITH GCC-exception-3.1" if of_gcc else ""


KNOWN = {
    "acorn": Known("acorn", "pkg:npm/acorn", "MIT"),
    "ada": Known("ada", "pkg:github/ada-url/ada", "MIT OR Apache-2.0"),
    "amaro": Known("amaro", "pkg:npm/amaro", "MIT"),
    "ares": Known("c-ares", "pkg:github/c-ares/c-ares", "MIT", "c-ares:c-ares"),
    "base64": Known("base64", "pkg:github/aklomp/base64", "BSD-2-Clause"),
    "brotli": Known("brotli", "pkg:github/google/brotli", "MIT", "google:brotli"),
    "cjs_module_lexer": Known("cjs-module-lexer", "pkg:npm/cjs-module-lexer", "MIT"),
    "icu": Known(
        "ICU",
        "pkg:github/unicode-org/icu",
        "Unicode-3.0",
        "icu-project:international_components_for_unicode",
    ),
    "libffi": Known("libffi", "pkg:github/libffi/libffi", "MIT"),
    "lief": Known("LIEF", "pkg:github/lief-project/LIEF", "Apache-2.0"),
    "llhttp": Known("llhttp", "pkg:github/nodejs/llhttp", "MIT", "llhttp:llhttp"),
    "merve": Known("merve", "pkg:github/nodejs/merve", "MIT"),
    "nbytes": Known("nbytes", "pkg:github/nodejs/nbytes", "MIT"),
    "ncrypto": Known("ncrypto", "pkg:github/nodejs/ncrypto", "MIT"),
    "nghttp2": Known("nghttp2", "pkg:github/nghttp2/nghttp2", "MIT", "nghttp2:nghttp2"),
    "nghttp3": Known("nghttp3", "pkg:github/ngtcp2/nghttp3", "MIT"),
    "ngtcp2": Known("ngtcp2", "pkg:github/ngtcp2/ngtcp2", "MIT"),
    "openssl": Known("OpenSSL", "pkg:github/openssl/openssl", "Apache-2.0", "openssl:openssl"),
    "simdjson": Known("simdjson", "pkg:github/simdjson/simdjson", "Apache-2.0 OR MIT"),
    "simdutf": Known("simdutf", "pkg:github/simdutf/simdutf", "MIT OR Apache-2.0"),
    "sqlite": Known("SQLite", "pkg:github/sqlite/sqlite", "blessing", "sqlite:sqlite"),
    "undici": Known("undici", "pkg:npm/undici", "MIT", "nodejs:undici"),
    "uv": Known("libuv", "pkg:github/libuv/libuv", "MIT", "libuv:libuv"),
    "uvwasi": Known("uvwasi", "pkg:github/nodejs/uvwasi", "MIT"),
    "v8": Known("V8", "pkg:github/v8/v8", "BSD-3-Clause", "google:v8"),
    "zlib": Known("zlib", "pkg:github/madler/zlib", "Zlib", "zlib:zlib"),
    "zstd": Known("Zstandard", "pkg:github/facebook/zstd", "BSD-3-Clause", "facebook:zstandard"),
}
"""By their names in ``process.versions``."""

NUMBERS = frozenset(("cldr", "modules", "napi", "tz", "unicode"))
"""Names in ``process.versions`` that are no libraries: data of ICU, and numbers of interfaces."""
