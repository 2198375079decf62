// Prints one line for each thing that it does; the lines are the same on every machine.
const { execFileSync, fork } = require('node:child_process')
const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads')

const say = (name, value) => console.log(`${name}: ${JSON.stringify(value)}`)

async function main() {
  say('major', process.versions.node.split('.')[0])
  say('arguments', process.argv.slice(2))
  say('file', fs.readFileSync(path.join(__dirname, 'data', 'text.txt'), 'utf8'))
  say('directory', fs.readdirSync(path.join(__dirname, 'data')).sort())
  say('module', await import('./module.mjs').then((module) => module.default))
  say('worker', await receive(new Worker(__filename, { workerData: 20 })))
  say('fork', await receive(fork(__filename, ['forked'])))
  const child = execFileSync(process.execPath, [__filename, 'started'], { encoding: 'utf8' })
  say('child', child)
  say('server', await serve())
  say('stack', new Error('x').stack.split('\n').length > 1)
  const written = path.join(os.tmpdir(), `written-${process.pid}`)
  fs.writeFileSync(written, 'written')
  say('written', fs.readFileSync(written, 'utf8'))
  fs.unlinkSync(written)
  if (fs.existsSync(path.join(__dirname, 'node_modules'))) await addons()
  process.exitCode = 7
}

function receive(sender) {
  return new Promise((resolve, reject) => sender.once('message', resolve).once('error', reject))
}

function serve() {
  return new Promise((resolve, reject) => {
    const server = http.createServer((request, response) => response.end(`at ${request.url}`))
    server.listen(0, '127.0.0.1', async () => {
      try {
        const answer = await fetch(`http://127.0.0.1:${server.address().port}/path`)
        resolve(await answer.text())
      } catch (error) {
        reject(error)
      }
      server.closeAllConnections()
      server.close()
    })
  })
}

async function addons() {
  const argon2 = require('@node-rs/argon2')
  const salt = Buffer.alloc(16, 7)
  say('argon2', await argon2.hash('password', { salt, memoryCost: 1024, timeCost: 2 }))
  const sharp = require('sharp')
  const red = { create: { width: 4, height: 2, channels: 3, background: '#f00' } }
  const { data, info } = await sharp(red).resize(2, 1).raw().toBuffer({ resolveWithObject: true })
  say('sharp', [info.width, info.height, [...data]])
}

if (!isMainThread) parentPort.postMessage(workerData * 2 + 2)
else if (process.argv[2] === 'forked') process.send({ forked: process.argv.length })
else if (process.argv[2] === 'started') process.stdout.write('started')
else main()
