"""Set up the rigs: ``python -m rigs`` in the folder ``tests``. Names each one that cannot be."""

from __future__ import annotations

import sys

from rigs import RigError, foreign, machines, musl, qemu, roots, wine


def main() -> int:
    """Set up all rigs; the number of those that are missing is the exit code."""
    rigs = {
        "children on linux-arm64": qemu.register,
        "win-x64": wine.set_up,
        "Debian's Node for other machines": foreign.set_up,
        "musl's loaders": musl.set_up,
        "alpine": roots.set_up,
    }
    for name, prepare in rigs.items():
        try:
            prepare()
        except (RigError, OSError) as error:
            sys.stdout.write(f"rig {name}: not set up: {error}\n")
    lacking = 0
    for machine in machines().values():
        missing = machine.missing()
        lacking += bool(missing)
        state = f"missing: {missing}" if missing else "ready"
        sys.stdout.write(f"rig {machine.platform}-{machine.arch}: {state}\n")
    return lacking


if __name__ == "__main__":
    sys.exit(main())
