"""Set up the rigs: ``python -m rigs`` in the folder ``tests``. Name each one that is missing."""

from __future__ import annotations

import sys
from collections.abc import Callable

from rigs import RigError, fronts, machines, musl


def main() -> int:
    """Set up all rigs and return the number of machines that are missing."""
    _report("musl's library", musl.set_up)
    _report("the front of compact files", fronts.set_up)
    missing = 0
    for target, machine in machines().items():
        ready = _report(target, machine.set_up)
        lacking = machine.missing()
        missing += bool(lacking)
        if lacking or ready:
            sys.stdout.write(f"rig {target}: {f'missing: {lacking}' if lacking else 'ready'}\n")
    return missing


def _report(name: str, set_up: Callable[[], None]) -> bool:
    """Set one up; print why it failed."""
    try:
        set_up()
    except (RigError, OSError) as error:
        sys.stdout.write(f"rig {name}: not set up: {error}\n")
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
