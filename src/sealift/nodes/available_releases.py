"""Which releases exist: the sources' last answers while they are fresh, else the sources asked.

For a source that cannot be asked (offline, no network), its last answer counts however old it is
and, without one, what the cache holds of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sealift.findings import Finding, Severity
from sealift.model import Observer, Release
from sealift.nodes.node_cache import Cache
from sealift.nodes.provider import Provider, ProviderUnavailableError
from sealift.nodes.release_index import Answer, Index
from sealift.target import Arch, Platform

_THREADS = 4
_NETWORK = (
    "Check the network and its proxy settings, or use --offline to be content with the cache."
)


@dataclass(slots=True)
class Survey:
    """What is known about the releases for some machines.

    Attributes:
        releases: all that are known, of all sources.
        failures: the sources that could not be asked.
        findings: what of this the user should know.
    """

    releases: list[Release] = field(default_factory=list)
    failures: list[ProviderUnavailableError] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def for_machine(self, platform: Platform, arch: Arch) -> list[Release]:
        """Give the releases for one machine."""
        return [one for one in self.releases if (one.platform, one.arch) == (platform, arch)]


def look_around(
    machines: Iterable[tuple[Platform, Arch]],
    sources: Sequence[Provider],
    cache: Cache,
    *,
    offline: bool,
    refresh: bool,
    observer: Observer,
) -> Survey:
    """Find out which releases exist for some machines.

    Args:
        machines: which ones.
        sources: where to look.
        cache: holds earlier answers.
        offline: ask nobody; only what is in the cache counts.
        refresh: ask even where the last answer is fresh.
        observer: told when somebody is asked.
    """
    survey = Survey()
    if offline:
        for source in sources:
            survey.releases += cache.releases(source.place, source.name)
        return survey
    index = Index(cache.root / "index")
    wanted = list(machines)
    questions = [
        (source, question)
        for source in sources
        for question in dict.fromkeys(source.question(*machine) for machine in wanted)
        if question
    ]
    old = {
        (source.name, question): index.recall(source, question) for source, question in questions
    }
    to_ask = []
    for source, question in questions:
        answer = old[source.name, question]
        if answer is not None and answer.fresh and not refresh:
            survey.releases += answer.releases
        else:
            to_ask.append((source, question))
    for source, question, outcome in _ask(to_ask, observer):
        if isinstance(outcome, ProviderUnavailableError):
            _make_do(survey, source, outcome, old[source.name, question], cache)
        else:
            survey.releases += index.remember(source, question, outcome).releases
    survey.releases = list(dict.fromkeys(survey.releases))
    return survey


def _ask(
    questions: Sequence[tuple[Provider, str]], observer: Observer
) -> list[tuple[Provider, str, Sequence[Release] | ProviderUnavailableError]]:
    if not questions:
        return []
    outcomes: list[tuple[Provider, str, Sequence[Release] | ProviderUnavailableError]] = []
    ready: list[tuple[Provider, str]] = []
    failed: dict[str, ProviderUnavailableError] = {}
    for source, question in questions:
        if source.name not in failed:
            try:
                source.prepare(observer)
            except ProviderUnavailableError as error:
                failed[source.name] = error
        if source.name in failed:
            outcomes.append((source, question, failed[source.name]))
        else:
            ready.append((source, question))
    if not ready:
        return outcomes
    names = " and ".join(dict.fromkeys(source.name for source, _ in ready))
    observer.stage(f"asking {names} which Node releases exist")

    def ask_one(one: tuple[Provider, str]) -> Sequence[Release] | ProviderUnavailableError:
        try:
            return one[0].ask(one[1])
        except ProviderUnavailableError as error:
            return error

    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_THREADS) as pool:
        for (source, question), outcome in zip(ready, pool.map(ask_one, ready), strict=True):
            outcomes.append((source, question, outcome))
    return outcomes


def _make_do(
    survey: Survey,
    source: Provider,
    failure: ProviderUnavailableError,
    old: Answer | None,
    cache: Cache,
) -> None:
    """Use what is known of a source that could not be asked."""
    if old is not None:
        from datetime import UTC, datetime

        survey.releases += old.releases
        day = datetime.fromtimestamp(old.asked, tz=UTC).date().isoformat()
        instead = f"its list of releases of {day} was used"
    else:
        survey.releases += cache.releases(source.place, source.name)
        instead = "only its releases in the cache were considered"
    # Its packages' reasons differ in little more than the package: once for each source is enough.
    if all(known.source != failure.source for known in survey.failures):
        survey.failures.append(failure)
        survey.findings.append(
            Finding(
                Severity.WARNING,
                "source-unavailable",
                f"{source.name} could not be asked which Node releases exist ({failure.reason});"
                f" {instead}.",
                failure.remedy or _NETWORK,
            )
        )
