"""Messages about paths that other programs, native code or the disk do not have at run time."""

from __future__ import annotations

from sealift.findings import FindingMessage

READ_FROM_WORKING_DIRECTORY = FindingMessage(
    "read-from-working-directory",
    "At run time the scripts {path} are looked up in the working directory, not in the executable.",
    "Write path.join(__dirname, …) or new URL(…, import.meta.url) to read the packaged files.",
)
SERVED_FROM_WORKING_DIRECTORY = FindingMessage(
    "served-from-working-directory",
    "At run time {path} is looked up in the working directory, not in the executable.",
    "Write path.join(__dirname, …) or new URL(…, import.meta.url) to serve the packaged files.",
)
NATIVE_PATH = FindingMessage(
    "native-path",
    "Native code of {package} gets the path {path}, and it cannot open packaged files.",
    "Pass the content, read with node:fs, or the path of a copy on the disk.",
)
PACKAGED_DIRECTORY = FindingMessage(
    "packaged-working-directory",
    "A packaged directory becomes the working directory here. Node's functions and children that"
    " run as `node` start there; other programs start in the directory of the process.",
)
COMMAND_PATH = FindingMessage(
    "command-path",
    "The packaged path {path} is inside a word of a command: another program does not find it.",
    "Make the path a word of its own, or write the content to a file on the disk and name that.",
)
MEMBERS_LEFT_OUT = FindingMessage(
    "members-left-out",
    "The project is the root of a workspace; members that no code refers to are left out: {names}.",
    "Name their files in pkg.assets or pkg.scripts if the program needs them.",
)
