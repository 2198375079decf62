"""Node's built-in modules: the union of `module.builtinModules` of Node 22, 24 and 26.

A specifier counts as built in if any of these releases has it. A release without it throws Node's
own error at run time.
"""

from __future__ import annotations

_WITHOUT_PREFIX = frozenset(
    {
        "_http_agent",
        "_http_client",
        "_http_common",
        "_http_incoming",
        "_http_outgoing",
        "_http_server",
        "_stream_duplex",
        "_stream_passthrough",
        "_stream_readable",
        "_stream_transform",
        "_stream_wrap",
        "_stream_writable",
        "_tls_common",
        "_tls_wrap",
        "assert",
        "assert/strict",
        "async_hooks",
        "buffer",
        "child_process",
        "cluster",
        "console",
        "constants",
        "crypto",
        "dgram",
        "diagnostics_channel",
        "dns",
        "dns/promises",
        "domain",
        "events",
        "fs",
        "fs/promises",
        "http",
        "http2",
        "https",
        "inspector",
        "inspector/promises",
        "module",
        "net",
        "os",
        "path",
        "path/posix",
        "path/win32",
        "perf_hooks",
        "process",
        "punycode",
        "querystring",
        "readline",
        "readline/promises",
        "repl",
        "stream",
        "stream/consumers",
        "stream/promises",
        "stream/web",
        "string_decoder",
        "sys",
        "timers",
        "timers/promises",
        "tls",
        "trace_events",
        "tty",
        "url",
        "util",
        "util/types",
        "v8",
        "vm",
        "wasi",
        "worker_threads",
        "zlib",
    }
)
_ONLY_WITH_PREFIX = frozenset(
    {"ffi", "quic", "sea", "sqlite", "stream/iter", "test", "test/reporters", "vfs", "zlib/iter"}
)


def is_builtin(specifier: str) -> bool:
    """Return True if Node itself has the module ``specifier``; it then looks at no file."""
    if specifier.startswith("node:"):
        name = specifier[5:]
        return name in _WITHOUT_PREFIX or name in _ONLY_WITH_PREFIX
    return specifier in _WITHOUT_PREFIX
