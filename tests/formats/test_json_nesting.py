"""The nesting of JSON, compared with what a parser of JSON makes of it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealift.formats.json_nesting import is_nested_deeper

VALUES = st.recursive(
    st.none() | st.integers() | st.text('[]{}"\\a'),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text('"{[\\'), inner, max_size=3)
    ),
    max_leaves=20,
)  # fmt: skip


def depth_of(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


@given(VALUES)
def test_the_depth_is_that_of_the_value(value: object) -> None:
    text, depth = json.dumps(value).encode(), depth_of(value)
    assert not is_nested_deeper(text, depth)
    assert depth == 0 or is_nested_deeper(text, depth - 1)


@pytest.mark.parametrize("text", [b'"[[', b'"\\', b"]]]", b'"\\"[', b"", b'[["]'])
def test_text_that_is_not_json(text: bytes) -> None:
    assert not is_nested_deeper(text, 2)
