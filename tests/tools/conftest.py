"""What the tests of HTTP share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sealift.tools import http as http_client
from support.answering_server import Server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(http_client, "_FIRST_PAUSE_SECONDS", 0.01)
    running = Server()
    yield running
    running.close()
