import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import fastifyStatic from '@fastify/static';
import Fastify from 'fastify';

const require = createRequire(import.meta.url);
const { version } = require('./package.json');
const here = path.dirname(fileURLToPath(import.meta.url));
const banner = readFileSync(new URL('./assets/banner.txt', import.meta.url), 'utf8').trim();

const app = Fastify({ logger: false });
await app.register(fastifyStatic, { root: path.join(here, 'assets'), prefix: '/assets/' });

for (const file of (await readdir(path.join(here, 'routes'))).sort()) {
  const route = await import(`./routes/${file}`);
  await app.register(route.default, { prefix: `/${path.parse(file).name}` });
}
app.get('/', async () => ({ banner, version, main: import.meta.dirname === here }));

const address = await app.listen({ host: '127.0.0.1', port: 0 });
const pages = ['/', '/hello/you', '/sum/2/3', '/sum/2/x', '/assets/banner.txt', '/assets/none.txt'];
for (const page of pages) {
  const response = await fetch(address + page);
  console.log(page, response.status, response.headers.get('content-type'), await response.text());
}
await app.close();
