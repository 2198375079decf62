"""The JSON Schema of a configuration accepts what sealift accepts, and knows every key."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sealift.errors import UsageError
from sealift.project import settings_schema
from sealift.project.settings import read_settings
from sealift.project.settings.keys import FUNCTION, KEY_TYPES
from sealift.project.settings.schema import DESCRIPTIONS

VALUES: dict[str, list[Any]] = {
    "assets": ["a", ["a", "b"], 1, [1], None],
    "bytecode": [True, False, "yes", None],
    "compress": ["Brotli", "gz", "None", "lz4", 1],
    "deployFiles": [[["a", "b"]], [["a", "b", "directory"]], [["a"]], ["a"], "a", []],
    "dictionary": [{}, {"a": {"assets": "b"}}, {"a": None}, {"a": 1}, []],
    "macos": [{}, {"identifier": "a", "debuggable": True}, {"debuggable": 1}, {"x": "y"}, [], "a"],
    "outputPath": ["a", ["a"], 1],
    "patches": [{"a": ["b", "c"]}, {"a": [{"do": "erase"}, ""]}, {"a": "b"}, [], {"a": [1, 2]}],
    "package": ["deb", ["deb"], {"kinds": "deb", "url": None}, {"kind": "deb"}, 1, [1], {"url": 1}],
    "preBuild": ["npm run build", "", " ", 1, ["a"]],
    "seaConfig": [{}, [], "a"],
    "windows": [{}, {"console": False, "icon": "a"}, {"console": 1}, {"icon": 1}, {"x": "y"}, "a"],
    "typescript": ["strip", "transform", "erase"],
}


def test_the_schema_is_one_and_has_every_key() -> None:
    schema = settings_schema()
    Draft202012Validator.check_schema(schema)
    assert DESCRIPTIONS.keys() == KEY_TYPES.keys()
    json_keys = {key for key, kind in KEY_TYPES.items() if kind != FUNCTION}
    assert schema["$defs"]["settings"]["properties"].keys() == json_keys | {"$schema"}


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in VALUES.items() for value in values]
)
def test_it_accepts_what_sealift_accepts(key: str, value: Any) -> None:
    try:
        read_settings({key: value}, "x")
        accepted = True
    except UsageError:
        accepted = False
    validator = Draft202012Validator(settings_schema())
    assert validator.is_valid({key: value}) == accepted
    assert validator.is_valid({"name": "a", "pkg": {key: value}}) == accepted


def test_a_file_may_name_its_schema() -> None:
    data = {"$schema": "configuration.schema.json", "targets": ["host"]}
    assert read_settings(data, "x")[1] == ()
    assert Draft202012Validator(settings_schema()).is_valid(data)
    assert not Draft202012Validator(settings_schema()).is_valid({"asets": "a"})
