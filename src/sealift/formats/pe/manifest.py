"""The manifest of a Windows executable: XML that says how Windows runs it.

Source: Microsoft's "Application manifests". Node's own manifest names the releases of Windows that
it knows, without which Windows pretends to be an old one, and Node ends with code 216.
"""

from __future__ import annotations

_WINDOWS = (  # Vista, 7, 8, 8.1, 10 and later: those that Node names
    "{e2011457-1546-43c5-a5fe-008deee3d3f0}",
    "{35138b9a-5d96-4fbd-8e2d-a2440225f93a}",
    "{4a2f28e3-53b9-4441-ba9c-d69d4a4a6e38}",
    "{1f676c76-80e1-4239-95bb-83d0f6d0da78}",
    "{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}",
)
_LONG_PATHS = (
    '      <longPathAware xmlns="http://schemas.microsoft.com/SMI/2016/WindowsSettings">'
    "true</longPathAware>\n"
)
_UTF_8 = (
    '      <activeCodePage xmlns="http://schemas.microsoft.com/SMI/2019/WindowsSettings">'
    "UTF-8</activeCodePage>\n"
)


def manifest(*, administrator: bool, long_paths: bool, utf8: bool) -> bytes:
    """Return a manifest.

    Args:
        administrator: Windows asks for an administrator's rights when the program starts.
        long_paths: paths may have more than 260 characters, if the machine allows it.
        utf8: texts of Windows' old functions are UTF-8, as native addons expect them.
    """
    level = "requireAdministrator" if administrator else "asInvoker"
    systems = "".join(f'      <supportedOS Id="{one}"/>\n' for one in _WINDOWS)
    settings = (_LONG_PATHS if long_paths else "") + (_UTF_8 if utf8 else "")
    if settings:
        settings = (
            '  <application xmlns="urn:schemas-microsoft-com:asm.v3">\n'
            f"    <windowsSettings>\n{settings}    </windowsSettings>\n  </application>\n"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">\n'
        '  <trustInfo xmlns="urn:schemas-microsoft-com:asm.v3">\n'
        "    <security>\n      <requestedPrivileges>\n"
        f'        <requestedExecutionLevel level="{level}" uiAccess="false"/>\n'
        "      </requestedPrivileges>\n    </security>\n  </trustInfo>\n"
        '  <compatibility xmlns="urn:schemas-microsoft-com:compatibility.v1">\n'
        f"    <application>\n{systems}    </application>\n  </compatibility>\n"
        f"{settings}</assembly>\n"
    ).encode()
