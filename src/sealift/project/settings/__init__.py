"""The ``pkg`` settings: their keys, their types, and the files that hold them."""

from sealift.project.settings.functions import ConfigFunction, ConfigLoader
from sealift.project.settings.keys import differences
from sealift.project.settings.package_settings import (
    Edit,
    PackageSettings,
    lenient_package_settings,
)
from sealift.project.settings.schema import settings_schema
from sealift.project.settings.settings import (
    CONFIG_NAMES,
    ConfigFile,
    Settings,
    find_config,
    is_config_name,
    object_setting,
    read_config,
    read_hooks,
    read_settings,
)
from sealift.project.settings.sign import SignSettings
from sealift.project.settings.values import check_texts

__all__ = [
    "CONFIG_NAMES",
    "ConfigFile",
    "ConfigFunction",
    "ConfigLoader",
    "Edit",
    "PackageSettings",
    "Settings",
    "SignSettings",
    "check_texts",
    "differences",
    "find_config",
    "is_config_name",
    "lenient_package_settings",
    "object_setting",
    "read_config",
    "read_hooks",
    "read_settings",
    "settings_schema",
]
