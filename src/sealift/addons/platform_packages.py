"""Each target gets its members of the families, fetched if they are not installed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sealift.addons.apply_changes import Addition
from sealift.addons.installed import Installed, module_locations, requests_of
from sealift.addons.native_files import is_addon, is_library, may_be_program
from sealift.addons.native_packages import Choice, Survey
from sealift.addons.package_cache import Stored
from sealift.addons.package_fetch import Problem, Request, Supply
from sealift.addons.platform_package_groups import Family, Members, find_families, with_fetched
from sealift.lockfiles import PackageVersion, read_supported_platforms
from sealift.model import ProjectFile

_ROUNDS = 5  # of dependencies of dependencies


@dataclass(frozen=True, slots=True)
class _Asker:
    """Who asks for a fetched package: where it is, and where its dependencies go."""

    location: str
    modules: str


class MemberChooser:
    """Chooses for all targets at once, so that everything is fetched at once."""

    def __init__(self, survey: Survey, supply: Supply, host: tuple[str, str]) -> None:
        """Find the families.

        Args:
            survey: of the project.
            supply: of packages that are not installed.
            host: platform and architecture of the machine that the project is installed for.
        """
        self.families = tuple(find_families(survey.packages))
        self._survey = survey
        self._supply = supply
        self._host = host

    def choose(self, choices: Sequence[Choice]) -> None:
        """Choose the members; what cannot be had becomes a finding."""
        asked = [
            (choice, family, self._installed(family, choice))
            for choice in choices
            for family in self.families
        ]
        requests = [request for *_, members in asked for request in members.requests]
        answers = self._supply.describe(requests) if requests else {}
        asked = [
            (choice, family, with_fetched(members, choice.machine, answers))
            for choice, family, members in asked
        ]
        stored = self._supply.obtain(pin for *_, members in asked for pin in members.wanted)
        for choice, family, members in asked:
            self._take(choice, family, members, stored)
        self._complete(choices)
        for choice in choices:
            pins = (pin for _, pin in choice.added.values() if pin is not None)
            self._survey.findings.fetched(pins, choice.machine)

    def _installed(self, family: Family, choice: Choice) -> Members:
        """Divide what is installed: by what it says it is for, and by its files' headers."""
        kept: list[Installed] = []
        requests: list[Request] = []
        for member in family.installed:
            platforms, files = member.platforms, self._survey.natives.get(member.location, ())
            if platforms.is_wasm or platforms.include(choice.machine):
                builds = self._survey.builds(member.location, files, choice)
                if builds.unmet is None:
                    kept.append(member)
                    choice.left_out |= builds.left_out
                    self._survey.warn(
                        (file for file in files if not choice.leaves_out(file.location)), choice
                    )
                    continue
                requests.append(family.request(member.name))
            choice.left_out.add(member.location)
        if kept or not self._is_asked(family, choice):
            requests = []
        else:
            requests += family.requests
        return Members(tuple(kept), tuple(requests), known=len(family.installed))

    def _is_asked(self, family: Family, choice: Choice) -> bool:
        """Whether it is worth asking for what is not installed.

        What is not installed on the host is not for the host, unless there is a lockfile to tell
        so at no cost, or a whole family is missing.
        """
        is_host = (choice.machine.platform, choice.machine.arch) == self._host
        return not is_host or family.is_large or self._supply.lock is not None

    def _take(
        self,
        choice: Choice,
        family: Family,
        members: Members,
        stored: Mapping[PackageVersion, Stored | Problem],
    ) -> None:
        chosen = bool(members.kept)
        unavailable: Problem | None = None
        unfit = members.problem
        asker = _Asker(family.parent.location, family.parent.modules)
        for pin in members.wanted:
            found = stored[pin]
            if isinstance(found, Problem):
                unavailable = found
                continue
            place = self._add(choice, asker, pin, found)
            if isinstance(place, Problem):
                unfit = place
            else:
                chosen = True
        several = members.known > 1 or (members.known == 1 and unfit is not None)
        if unavailable or (not chosen and (members.wanted or (family.is_large and several))):
            self._report(choice, family, unavailable or unfit)

    def _report(self, choice: Choice, family: Family, problem: Problem | None) -> None:
        """Tell that a family has no member for a target, or none that can be had."""
        problem = problem or Problem(
            "addon-missing",
            f"none of the packages that it has for its machines is for {choice.machine}",
            "Leave this target out",
        )
        self._survey.findings.missing(
            family.parent,
            choice.machine,
            problem.code,
            problem.reason,
            problem.remedy,
            dispensable=not family.is_large
            or self._survey.needs.dispensable(family.parent, of_family=True),
        )

    def _add(
        self, choice: Choice, asker: _Asker, pin: PackageVersion, stored: Stored
    ) -> str | Problem:
        """Put a fetched package in, unless its files are not for the target after all."""
        location = self._place(choice, asker, pin)
        addition = Addition(
            stored.directory,
            location,
            f"{pin.name}@{pin.version}",
            f"{asker.location}/package.json".lstrip("/"),
            pin.name,
        )
        # An older lockfile does not tell of C libraries; the package itself does.
        if not read_supported_platforms(_manifest(stored.directory)).include(choice.machine):
            return Problem(
                "addon-mismatch", f"{pin.label} is for other machines", "Leave this target out"
            )
        files = self._survey.files_of(addition)
        natives = [file for file in files if is_addon(file) or is_library(file)]
        builds = self._survey.builds(location, natives, choice)
        reason = builds.unmet.reason if builds.unmet is not None else ""
        if not natives:
            reason = self._against_programs(files, choice)
        if reason:
            reason = f"{pin.label} is not for it after all ({reason})"
            return Problem("addon-mismatch", reason, "Use another version of it")
        choice.added[location] = addition, pin
        choice.refused |= builds.left_out
        self._survey.warn((file for file in natives if file.location not in choice.refused), choice)
        return location

    def _against_programs(self, files: Sequence[ProjectFile], choice: Choice) -> str:
        """Give why none of a package's programs is for a target, or ""."""
        reason = ""
        for file in files:
            if may_be_program(file):
                against = self._survey.verdict(file, choice).reason
                if not against:
                    return ""
                reason = reason or f"{file.location.rpartition('/')[2]} {against}"
        return reason

    def _place(self, choice: Choice, asker: _Asker, pin: PackageVersion) -> str:
        """Give the location for a fetched package: beside the package that asks for it.

        Where another version has that place, it is put into the package that asks for it.
        """
        beside = f"{asker.modules}/{pin.name}"
        other = self._survey.packages.by_location.get(beside)
        taken = choice.added.get(beside)
        if (other is None or choice.leaves_out(beside)) and (taken is None or taken[1] == pin):
            return beside
        return f"{asker.location}/node_modules/{pin.name}".lstrip("/")

    # What fetched packages depend on.

    def _complete(self, choices: Sequence[Choice]) -> None:
        """Add what fetched packages depend on and nobody has put in yet."""
        done: set[tuple[int, str]] = set()
        for _ in range(_ROUNDS):
            wanted: list[tuple[Choice, str, Request, bool]] = []
            for number, choice in enumerate(choices):
                for location, (addition, pin) in choice.added.items():
                    if pin is not None and (number, location) not in done:
                        done.add((number, location))
                        wanted += self._lacking(choice, location, addition, pin)
            if not wanted:
                return
            self._add_lacking(wanted)

    def _lacking(
        self, choice: Choice, location: str, addition: Addition, pin: PackageVersion
    ) -> list[tuple[Choice, str, Request, bool]]:
        manifest = _manifest(addition.directory)
        optional = requests_of(manifest, "optionalDependencies")
        found = []
        for name, spec in (requests_of(manifest, "dependencies") | optional).items():
            places = (f"{modules}/{name}" for modules in module_locations(location))
            installed = self._survey.packages.find(name, location)
            if installed is not None and not choice.leaves_out(installed.location):
                continue
            if not any(place in choice.added for place in places):
                found.append((choice, location, Request(pin, name, spec), name not in optional))
        return found

    def _add_lacking(self, wanted: Sequence[tuple[Choice, str, Request, bool]]) -> None:
        answers = self._supply.describe(request for _, _, request, _ in wanted)
        pins: list[tuple[Choice, str, Request, PackageVersion, bool]] = []
        for choice, location, request, needed in wanted:
            answer = answers.get(request)
            fits = isinstance(answer, PackageVersion) and (answer.platforms or needed)
            if isinstance(answer, PackageVersion) and answer.platforms is not None and fits:
                if answer.platforms.include(choice.machine):
                    pins.append((choice, location, request, answer, needed))
            elif needed:
                problem = answer if isinstance(answer, Problem) else None
                self._report_lacking(choice, request, problem)
        stored = self._supply.obtain(pin for *_, pin, _ in pins)
        for choice, location, request, pin, needed in pins:
            found = stored[pin]
            asker = _Asker(location, location.removesuffix(f"/{_parent_name(request)}"))
            taken = found if isinstance(found, Problem) else self._add(choice, asker, pin, found)
            if isinstance(taken, Problem) and needed:
                self._report_lacking(choice, request, taken)

    def _report_lacking(self, choice: Choice, request: Request, problem: Problem | None) -> None:
        name = _parent_name(request)
        package = Installed(name, Path(), {"name": name})
        reason = problem.reason if problem is not None else "no registry has it"
        self._survey.findings.missing(
            package,
            choice.machine,
            "addon-unavailable",
            f"it needs {request.name}, and {reason}",
            problem.remedy if problem is not None else "Use another version of it",
            dispensable=False,
        )


def _parent_name(request: Request) -> str:
    return request.parent.name


def _manifest(directory: Path) -> dict[str, object]:
    try:
        data = json.loads((directory / "package.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
