"""Find out which Node releases exist, for some machines and providers.

A provider's last answer counts while it is fresh; otherwise the provider is asked again. If it
cannot be asked (offline, no network), its last answer counts however old it is; without one, the
releases that the cache holds of that provider count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from sealift.findings import Finding, Severity
from sealift.model import Observer, Release
from sealift.nodes import messages
from sealift.nodes.node_cache import NodeCache
from sealift.nodes.provider import Provider, ProviderUnavailableError
from sealift.nodes.release_index import Answer, Index
from sealift.target import Arch, Platform

_THREADS = 4

Outcome = Sequence[Release] | ProviderUnavailableError


class AvailableReleases(Struct):
    """What is known about the releases for some machines.

    Attributes:
        releases: all that are known, of all providers.
        failures: why providers did not answer; one for each provider.
        findings: what the user should know about the failures.
    """

    releases: list[Release] = field(default_factory=list)
    failures: list[ProviderUnavailableError] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def for_machine(self, platform: Platform, arch: Arch) -> list[Release]:
        """Return the releases for one machine."""
        return [one for one in self.releases if (one.platform, one.arch) == (platform, arch)]


def find_releases(
    machines: Iterable[tuple[Platform, Arch]],
    providers: Sequence[Provider],
    cache: NodeCache,
    *,
    offline: bool,
    refresh: bool,
    observer: Observer,
) -> AvailableReleases:
    """Return the releases for some machines.

    Args:
        machines: platforms and architectures.
        providers: where to look.
        cache: holds earlier answers.
        offline: only what is in the cache counts; no provider is asked.
        refresh: ask even where the last answer is fresh.
        observer: notified before providers are asked.
    """
    available = AvailableReleases()
    if offline:
        for provider in providers:
            available.releases += cache.releases(provider.place, provider.name)
        return available
    index = Index(cache.store)
    wanted = list(machines)
    questions = [
        (provider, question)
        for provider in providers
        for question in dict.fromkeys(provider.question(*machine) for machine in wanted)
        if question
    ]
    known = {
        (provider.name, question): index.recall(provider, question)
        for provider, question in questions
    }
    to_ask = []
    for provider, question in questions:
        answer = known[provider.name, question]
        if answer is not None and answer.fresh and not refresh:
            available.releases += answer.releases
        else:
            to_ask.append((provider, question))
    for provider, question, outcome in _ask_all(to_ask, observer):
        if isinstance(outcome, ProviderUnavailableError):
            _use_last_answer(available, provider, outcome, known[provider.name, question], cache)
        else:
            available.releases += index.remember(provider, question, outcome).releases
    available.releases = list(dict.fromkeys(available.releases))
    return available


def _ask_all(
    questions: Sequence[tuple[Provider, str]], observer: Observer
) -> list[tuple[Provider, str, Outcome]]:
    """Ask all questions at once; return the answers, or why there is none."""
    outcomes: list[tuple[Provider, str, Outcome]] = []
    ready: list[tuple[Provider, str]] = []
    failed: dict[str, ProviderUnavailableError] = {}
    for provider, question in questions:
        if provider.name not in failed:
            try:
                provider.prepare(observer)
            except ProviderUnavailableError as error:
                failed[provider.name] = error
        if provider.name in failed:
            outcomes.append((provider, question, failed[provider.name]))
        else:
            ready.append((provider, question))
    if not ready:
        return outcomes
    names = " and ".join(dict.fromkeys(provider.name for provider, _ in ready))
    observer.stage(f"asking {names} which Node releases exist")
    from concurrent.futures import ThreadPoolExecutor  # slow to import

    with ThreadPoolExecutor(_THREADS) as pool:
        answers = pool.map(lambda one: _ask(*one), ready)
        for (provider, question), outcome in zip(ready, answers, strict=True):
            outcomes.append((provider, question, outcome))
    return outcomes


def _ask(provider: Provider, question: str) -> Outcome:
    try:
        return provider.ask(question)
    except ProviderUnavailableError as error:
        return error


def _use_last_answer(
    available: AvailableReleases,
    provider: Provider,
    failure: ProviderUnavailableError,
    last: Answer | None,
    cache: NodeCache,
) -> None:
    """Add what is known of a provider that did not answer."""
    if last is not None:
        from datetime import UTC, datetime

        available.releases += last.releases
        day = datetime.fromtimestamp(last.asked, tz=UTC).date().isoformat()
        instead = f"its list of releases of {day} was used"
    else:
        available.releases += cache.releases(provider.place, provider.name)
        instead = "only its releases in the cache were considered"
    # The reasons of one provider differ by little more than the package: the first is enough.
    if all(known.provider != failure.provider for known in available.failures):
        available.failures.append(failure)
        available.findings.append(
            messages.PROVIDER_UNAVAILABLE.finding(
                Severity.WARNING,
                provider=provider.name,
                reason=failure.reason,
                instead=instead,
                remedy=failure.remedy or messages.CHECK_NETWORK,
            )
        )
