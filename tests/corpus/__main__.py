"""Run the corpus and write benchmarks/CORPUS.md: ``python3 dev.py corpus``.

``python3 dev.py corpus eslint koa --targets linux-x64,win-x64 --builders sealift`` runs a part;
the results of the other projects stay.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
from pathlib import Path

from corpus.builders import BUILDERS, HOST, Builder, Sealift
from corpus.projects import read_projects
from corpus.table import TABLE, document, keep, read
from corpus.trial import Result, try_project
from rigs import RigError, machines
from rigs.cache import dev_cache

# Of data of one process; V8's reservations of address space are not counted.
_MEMORY = 4 << 30


def main() -> int:
    """Run the selected projects; return 1 if plain Node could not be run for one of them."""
    targets = [HOST, "linux-arm64", "win-x64", "alpine-x64", "linuxstatic-x64"]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="projects; all by default")
    parser.add_argument("--targets", default=",".join(targets), help="separated by commas")
    names = ",".join(builder.name for builder in BUILDERS)
    parser.add_argument("--builders", default=names, help="separated by commas")
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    projects = read_projects()
    wanted = tuple(target for target in given.targets.split(",") if _is_ready(target))
    tries: dict[Builder, tuple[str, ...]] = {
        builder: wanted if isinstance(builder, Sealift) else (HOST,)
        for builder in BUILDERS
        if builder.name in given.builders.split(",")
    }
    broken = False
    scratch = Path(tempfile.mkdtemp(prefix="corpus-", dir=dev_cache()))
    try:
        for name in given.names or projects:
            results: list[Result] = []
            try:
                for result in try_project(projects[name], tries, scratch):
                    results.append(result)
                    print(name, result.builder, result.target, result.failure or "yes", flush=True)
            except RigError as error:
                print(f"{name}: {error}", flush=True)
                broken = True
            keep(projects[name], results)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    TABLE.write_text(document(projects, read()), encoding="utf-8")
    return int(broken)


def _is_ready(target: str) -> bool:
    lacks = machines()[target].missing()
    if lacks:
        print(f"{target} is left out: it needs {lacks}", flush=True)
    return not lacks


if __name__ == "__main__":
    sys.exit(main())
