"""Files with secrets, which are packaged only if the settings name them exactly."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.hostile_projects import REQUIRES, foreign_files, read_with, refusals

KEY = "-----BEGIN RSA PRIVATE KEY-----\nFOREIGN\n-----END RSA PRIVATE KEY-----"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\npublic\n-----END CERTIFICATE-----"
SECRETS = (
    *(".env", ".env.local", ".ENV", ".npmrc", ".netrc", ".git/HEAD", ".docker/config.json"),
    *(".aws/credentials", ".ssh/known_hosts", "id_rsa", "id_ed25519", "key.pem", "x.p12"),
)


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_code_names(name: str, tmp_path: Path) -> None:
    code = f"fs.readFileSync(path.join(__dirname, '{name}'))"
    for number, assets in enumerate(("[]", '["**/*"]')):
        project = read_with(
            code, {name: KEY}, f', "pkg": {{"assets": {assets}}}', tmp_path / str(number)
        )
        assert foreign_files(project) == []
        (said,) = (finding for finding in refusals(project) if finding.line)
        assert (said.severity, said.file.endswith("index.js")) == ("warning", True)
        assert "Name it exactly in pkg.assets" in said.remedy


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_the_settings_name(name: str, tmp_path: Path) -> None:
    code = f"fs.readFileSync(path.join(__dirname, '{name}'))"
    project = read_with(code, {name: KEY}, f', "pkg": {{"assets": ["{name}"]}}', tmp_path)
    assert len(foreign_files(project)) == 1
    assert refusals(project) == []


def test_a_secret_in_a_project_that_is_included_completely(tmp_path: Path) -> None:
    files = {name: KEY for name in SECRETS if not name.startswith(".git")}
    project = read_with("require(process.argv[2])", files, "", tmp_path)
    assert foreign_files(project) == []
    assert len(refusals(project)) == len(files)


def test_a_secret_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "home/proj").mkdir(parents=True)
    (tmp_path / "home/proj/config.txt").symlink_to(".env")
    code = "fs.readFileSync(path.join(__dirname, 'config.txt'))"
    project = read_with(code, {".env": "FOREIGN"}, "", tmp_path)
    assert foreign_files(project) == []
    assert [finding.line for finding in refusals(project)] == [1]


def test_a_module_that_holds_secrets_is_an_error(tmp_path: Path) -> None:
    project = read_with("require('./.env.js')", {".env.js": "FOREIGN"}, "", tmp_path)
    assert [(found.severity, found.line) for found in refusals(project)] == [("error", 1)]


@pytest.mark.parametrize(
    ("name", "text"),
    [("ca.pem", CERTIFICATE), ("server.key", "public"), (".env.example", "A="), ("env", "A=1")],
)
def test_public_files_are_packaged_without_a_word(name: str, text: str, tmp_path: Path) -> None:
    project = read_with(f"fs.readFileSync(__dirname + '/{name}')", {name: text}, "", tmp_path)
    assert refusals(project) == []
    assert name in {file.source.name for file in project.files}


def test_published_packages_have_no_secrets(tmp_path: Path) -> None:
    names = ("test/key.pem", ".npmrc", "fixtures/.env", "id_rsa")
    module = "node_modules/tls-test"
    reads = "".join(f"fs.readFileSync(__dirname + '/{name}');" for name in names)
    files = {f"{module}/{name}": KEY for name in names}
    project = read_with(
        "require('tls-test')", {**files, f"{module}/index.js": REQUIRES + reads}, "", tmp_path
    )
    assert refusals(project) == []
    assert len(foreign_files(project)) == len(names)


def test_what_is_read_from_the_working_directory_is_no_concern(tmp_path: Path) -> None:
    code = "require('dotenv').config(); fs.readFileSync('.env'); fs.readFileSync('/etc/hosts')"
    files = {".env": "FOREIGN", "node_modules/dotenv/index.js": ""}
    project = read_with(code, files, "", tmp_path)
    assert refusals(project) == []
    assert foreign_files(project) == []
