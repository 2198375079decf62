"""The ``pkg`` settings: their keys, their types, and the files that hold them."""

from sealift.project.settings.functions import ConfigFunction, ConfigLoader
from sealift.project.settings.settings import (
    ConfigFile,
    Settings,
    check_texts,
    find_config,
    is_config_name,
    object_setting,
    read_config,
    read_settings,
)

__all__ = [
    "ConfigFile",
    "ConfigFunction",
    "ConfigLoader",
    "Settings",
    "check_texts",
    "find_config",
    "is_config_name",
    "object_setting",
    "read_config",
    "read_settings",
]
