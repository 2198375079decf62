'use strict';

const http = require('node:http');
const path = require('node:path');

const { createApp } = require('./lib/app');
const { version } = require('./package.json');

const USAGE = `usage: express-views [--port PORT] [--selftest] [--version]

  --port PORT  listen on PORT (default: 3000)
  --selftest   serve on a free port, request every page once, print it and exit
`;

/** Request one page and give back its status and its text. */
function get(port, page) {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path: page, agent: false }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString('utf8') });
      });
    });
    request.on('error', reject);
  });
}

async function selftest(server) {
  const { port } = server.address();
  for (const page of ['/', '/greet/World', '/static/style.css', '/no/such/page']) {
    const { status, text } = await get(port, page);
    console.log(`GET ${page} -> ${status}\n${text.trimEnd()}\n`);
  }
  server.close();
}

function main(argv) {
  if (argv.includes('--version')) {
    console.log(version);
    return;
  }
  if (argv.includes('--help')) {
    process.stdout.write(USAGE);
    return;
  }
  const testing = argv.includes('--selftest');
  const given = argv[argv.indexOf('--port') + 1];
  const port = testing ? 0 : Number(argv.includes('--port') ? given : 3000);
  const server = createApp(path.join(__dirname, 'views')).listen(port, '127.0.0.1', (error) => {
    if (error) throw error;
    if (!testing) {
      console.log(`listening on http://127.0.0.1:${server.address().port}/`);
      return;
    }
    selftest(server).catch((failure) => {
      console.error(failure);
      process.exitCode = 1;
      server.close();
    });
  });
}

main(process.argv.slice(2));
