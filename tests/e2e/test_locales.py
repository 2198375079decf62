"""`--locales`: what remains is as in plain Node, and the rest falls back as in a small ICU."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rigs.machine import bare_environment, complete
from support.command_line import Sealift
from support.equipment import FindNode

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="missing: a host that runs the executable"
)

MAIN = r"""
const day = new Date(Date.UTC(2024, 1, 29, 13, 14, 15));
const words = ['z', 'ä', 'a', 'Z', '10', '9', 'ö', 'ß', 'ss', 'é', 'ch', 'c', 'ñ', '日'];
const text = 'Dr. Müller sagt: "Hallo!" ภาษาไทยง่ายมาก 日本語の文章です。 Yes.';
const styles = ['full', 'long', 'medium', 'short'];
const units = ['day', 'week', 'year', 'quarter'];
const types = { language: 'de-AT', region: 'FR', script: 'Cyrl', currency: 'USD', calendar: 'roc' };
const services = ['DateTimeFormat', 'NumberFormat', 'Collator', 'PluralRules', 'DisplayNames',
  'Segmenter', 'ListFormat', 'RelativeTimeFormat'];
const answers = (locale) => ({
  dates: styles.map((style) => new Intl.DateTimeFormat(locale,
    { dateStyle: style, timeStyle: style, timeZone: 'Europe/Berlin' }).format(day)),
  calendars: ['buddhist', 'japanese', 'hebrew', 'chinese'].map((calendar) =>
    new Intl.DateTimeFormat(locale, { calendar, dateStyle: 'full', timeZone: 'UTC' }).format(day)),
  zones: ['long', 'short', 'longGeneric'].map((timeZoneName) => new Intl.DateTimeFormat(locale,
    { timeZoneName, timeZone: 'America/Los_Angeles' }).format(day)),
  numbers: [{}, { style: 'percent' }, { notation: 'compact', compactDisplay: 'long' },
    { style: 'currency', currency: 'EUR', currencyDisplay: 'name' },
    { style: 'unit', unit: 'kilometer-per-hour', unitDisplay: 'long' },
  ].map((options) => new Intl.NumberFormat(locale, options).format(1234567.891)),
  sorted: [{}, { numeric: true }, { caseFirst: 'upper' }].map((options) =>
    [...words].sort(new Intl.Collator(locale, options).compare)),
  phonebook: ['Ad', 'Ä', 'Az', 'AE'].sort(new Intl.Collator(`${locale}-u-co-phonebk`).compare),
  plurals: ['cardinal', 'ordinal'].map((type) =>
    [0, 1, 2, 3, 21].map((number) => new Intl.PluralRules(locale, { type }).select(number))),
  names: Object.entries(types).map(([type, code]) =>
    new Intl.DisplayNames(locale, { type }).of(code)),
  segments: ['grapheme', 'word', 'sentence'].map((granularity) =>
    [...new Intl.Segmenter(locale, { granularity }).segment(text)].map((one) => one.segment)),
  lists: ['conjunction', 'disjunction'].map((type) =>
    new Intl.ListFormat(locale, { type }).format(['a', 'b', 'c'])),
  relative: units.map((unit) =>
    new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-1, unit)),
  texts: [(1234.5).toLocaleString(locale), 'i'.toLocaleUpperCase(locale)],
});
const supported = (locale) => services.filter(
  (name) => Intl[name].supportedLocalesOf(locale).length);
const locales = process.argv[2].split(',');
console.log(JSON.stringify({
  of: locales.map(answers),
  supported: locales.map(supported),
  canonical: Intl.getCanonicalLocales(['fr-fr', 'iw', 'zh-hant-tw']),
  values: ['calendar', 'currency', 'numberingSystem', 'timeZone', 'unit'].map(
    (key) => Intl.supportedValuesOf(key)),
  decoded: new TextDecoder('shift_jis').decode(Buffer.from([0x93, 0xfa])),
  host: new URL('http://münchen.de').host,
}));
"""
KEPT = "en,en-US,en-GB,en-IN,de,de-AT,de-CH"
DROPPED = "fr,ja,zh-TW,ar,th,nb,pt-BR"
# Node takes rules of plurals from data that belongs to no language.
WITHOUT_DATA_OF_LANGUAGES = {"PluralRules"}


@pytest.mark.parametrize(("major", "form"), [("22", "--sea"), ("24", "--public"), ("26", "--sea")])
def test_what_remains_is_as_in_node(
    major: str,
    form: str,
    tmp_path: Path,
    sealift: Sealift,
    node_binary: FindNode,
    binary_options: Callable[..., list[str]],
) -> None:
    main, app, report = tmp_path / "main.js", tmp_path / "app", tmp_path / "report.json"
    main.write_text(MAIN)
    target = f"node{major}-linux-x64"
    options: list[str | Path] = [
        "-t",
        target,
        "-o",
        app,
        form,
        "--locales",
        "en,de",
        "--json",
        report,
    ]
    done = sealift(main, *options, *binary_options(target))
    assert done.code == 0, done.stderr
    assert json.loads(report.read_text())["executables"][0]["languages"] == ["de", "en"]

    def answers(*command: str | Path, language: str = "C") -> dict[str, list[object]]:
        env = bare_environment({"LC_ALL": language})
        done = complete(command, cwd=None, env=env, timeout=60)
        assert done.code == 0, done.stderr
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    node = node_binary(major, "linux", "x64")
    for language in ("C", "de_DE.UTF-8"):
        here = answers(app, KEPT, language=language)
        assert here == answers(node, main, KEPT, language=language)
    english = answers(node, main, "en-US")["of"][0]
    dropped = answers(app, DROPPED)
    for number, name in enumerate(DROPPED.split(",")):
        assert set(dropped["supported"][number]) <= WITHOUT_DATA_OF_LANGUAGES, name  # type: ignore[call-overload]
        answered = dropped["of"][number]
        assert _without_plurals(answered) == _without_plurals(english), name
    assert "2024" in str(answers(app, DROPPED, language="fr_FR.UTF-8")["of"][0])
    inspected = sealift("inspect", app)
    assert "ICU data of de, en only" in inspected.stdout


@pytest.mark.parametrize("target", ["macos-arm64", "win-x64", "linuxstatic-x64"])
def test_every_container_is_written_and_verified(
    target: str, tmp_path: Path, sealift: Sealift, binary_options: Callable[..., list[str]]
) -> None:
    (tmp_path / "package.json").write_text(
        '{"name": "app", "bin": "main.js", "pkg": {"locales": ["de"]}}'
    )
    (tmp_path / "main.js").write_text("console.log((1.5).toLocaleString('de'))")
    app, target = tmp_path / "app.exe", f"node24-{target}"
    options: list[str | Path] = ["-t", target, "-o", app, "--sea", *binary_options(target)]
    done = sealift(tmp_path, *options)
    assert done.code == 0, done.stderr
    assert "ICU data of de, en only" in sealift("inspect", app).stdout


def test_a_locale_that_node_does_not_have_is_an_error(
    tmp_path: Path, sealift: Sealift, binary_options: Callable[..., list[str]]
) -> None:
    (tmp_path / "main.js").write_text("")
    target = "node24-linux-x64"
    options: list[str | Path] = [
        "-t",
        target,
        "-o",
        tmp_path / "app",
        "--sea",
        *binary_options(target),
    ]
    done = sealift(tmp_path / "main.js", *options, "--locales", "de,xx-YY")
    assert done.code == 2
    assert "has no locale xx-YY" in done.stderr
    assert not (tmp_path / "app").exists()


def _without_plurals(answers: object) -> dict[str, object]:
    assert isinstance(answers, dict)
    return {name: value for name, value in answers.items() if name not in ("plurals", "texts")}
