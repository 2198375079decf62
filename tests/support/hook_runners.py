"""The type of the fixture that makes what runs a project's configuration and hooks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from sealift.hooks import HookRunner

MakeRunner = Callable[..., AbstractContextManager[HookRunner]]
