"""The paths that static handlers get, by handler."""

from __future__ import annotations

import pytest

from sealift.project.scan import served_from_working_directory

from .scan_notation import scanned

ANCHORED = [
    "const express = require('express'); app.use(express.static(path.join(__dirname, 'dist')))",
    "const dist = path.join(__dirname, 'dist'); app.use('/a', express.static(dist, { maxAge: 1 }))",
    "const serve = require('serve-static'); serve(path.resolve(__dirname, 'dist'))",
    "const serve = require('koa-static'); app.use(serve(__dirname + '/dist'))",
    "app.use(require('sirv')(path.join(__dirname, 'dist')))",
    "const files = require('@fastify/static');"
    " app.register(files, { root: path.join(__dirname, 'dist') })",
    "app.register(require('@fastify/static'), { root: path.join(__dirname, 'dist'), prefix: '/' })",
    "res.sendFile(path.join(__dirname, 'dist'))",
    "res.sendFile('a.html', { root: path.join(__dirname, 'dist') })",
    "require('serve-handler')(q, r, { public: path.join(__dirname, 'dist') })",
    "server.route({ handler: { directory: { path: path.join(__dirname, 'dist') } } })",
    "const ns = require('node-static'); new ns.Server(path.join(__dirname, 'dist'))",
    "app.useStaticAssets(path.join(__dirname, 'dist'))",
    "ServeStaticModule.forRoot({ rootPath: path.join(__dirname, 'dist') })",
]


@pytest.mark.parametrize("source", ANCHORED)
def test_the_path_of_a_static_handler_is_served(source: str) -> None:
    assert "served dist" in scanned(f"const path = require('path'); {source}", module=False)


@pytest.mark.parametrize(
    "source",
    [
        "import sirv from 'sirv'; sirv(fileURLToPath(new URL('./dist', import.meta.url)))",
        "import files from '@fastify/static';"
        " app.register(files, { root: join(import.meta.dirname, 'dist') })",
    ],
)
def test_the_path_of_a_static_handler_in_a_module_is_served(source: str) -> None:
    head = "import { fileURLToPath } from 'node:url'; import { join } from 'node:path';"
    assert [line for line in scanned(head + source, module=True) if "served" in line] in (
        ["served dist"],
        ["served ./dist"],
    )


@pytest.mark.parametrize(
    "source",
    [
        "fs.readFileSync(path.join(__dirname, 'dist'))",
        "app.set('views', path.join(__dirname, 'dist'))",
        "server.listen({ path: path.join(__dirname, 'dist') })",
        "app.register(require('@fastify/autoload'), { dir: path.join(__dirname, 'dist') })",
    ],
)
def test_other_functions_serve_nothing(source: str) -> None:
    found = scanned(f"const path = require('path'); {source}", module=False)
    assert not [line for line in found if line.startswith("served")]


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("app.use(express.static('dist'))", "dist"),
        ('app.use("/a", express.static("./build/client", { maxAge: 1 }))', "./build/client"),
        ("app.use('/*', serveStatic({ root: './public' }))", "./public"),
        ("sirv(`public`, { dev })", "public"),
    ],
)
def test_a_literal_path_is_relative_to_the_working_directory(source: str, path: str) -> None:
    (found,) = served_from_working_directory(b"\n" + source.encode())
    assert (found.use, found.path, found.line) == ("served", path, 2)
