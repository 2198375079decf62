"""For any configuration or package.json, only the expected errors are raised."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sealift.errors import UsageError
from sealift.project.bounded_json import JsonError, parse_json
from sealift.project.package_exports import ResolutionError, resolve_exports, resolve_imports
from sealift.project.package_json import Package
from sealift.project.settings import read_settings

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
TARGETS = st.recursive(
    st.sampled_from(
        [None, 1, "./a.js", "./*.js", "../x", "/x", "b", "./node_modules/x", "./%2f", ""]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [".", "./a", "./*", "./a*b", "#a", "#*", "node", "default", "import", "0"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
SUBPATHS = st.sampled_from([".", "./a", "./b", "./a/b", "./ab", "#a", "#b/c", "./", "./*", "#"])


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()[:-1]))
def test_json(raw: bytes) -> None:
    try:
        parse_json(raw)
    except JsonError as error:
        assert error.line >= 1
        assert error.column >= 1


@given(JSON)
def test_json_is_read_as_the_standard_library_reads_it(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value


@given(st.dictionaries(st.sampled_from(["targets", "assets", "debug", "x"]), JSON))
def test_settings(data: dict[str, Any]) -> None:
    with contextlib.suppress(UsageError):
        read_settings(data, "package.json")


@given(TARGETS, SUBPATHS)
def test_exports_and_imports(table: Any, subpath: str) -> None:
    package = Package("/p", name="p", exports=table, imports=table)
    conditions = frozenset({"node", "import"})
    if table is not None:
        with contextlib.suppress(ResolutionError):
            assert resolve_exports(package, subpath, conditions).startswith("/p")
    with contextlib.suppress(ResolutionError):
        resolve_imports(package, subpath, conditions, lambda name, _: f"/bare/{name}")


def test_deep_nesting_is_refused() -> None:
    depth = 20_000
    for source in ("[" * depth, "[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        with contextlib.suppress(JsonError):
            parse_json(source.encode())
