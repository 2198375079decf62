"""The providers that options name."""

from __future__ import annotations

from pathlib import Path

import pytest

from sealift.nodes.node_cache import NodeCache
from sealift.nodes.providers import providers_of
from sealift.options import PROVIDERS, NodeOptions


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_of_the_list_can_be_named(name: str, tmp_path: Path) -> None:
    options = NodeOptions(provider=name, cache=tmp_path)
    (provider,) = providers_of(options, NodeCache(tmp_path))
    assert provider.name == name
