// Apache's client for Node: node client.cjs FOLDER-OF-GENERATED-CODE, then lines "WIRE PORT [FIELD,...]" on stdin. Makes the same calls each
// time, without those fields, and prints what came of them, one line of JSON a port.
const thrift = require('thrift')
const readline = require('node:readline')
const { clientOptions } = require('./wires.cjs')
const [generated] = process.argv.slice(2)
const Mirror = require(`${generated}/Mirror.js`)
const { Everything } = require(`${generated}/mirror_types.js`)
const { Operation, Work } = require(`${generated}/tutorial_types.js`)

const COMPACT = 2

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [wire, port, without = ''] = line.split(' ')
    console.log(JSON.stringify(await callAll(wire, Number(port), without.split(',')).catch(failed)))
  }
}

async function callAll(wire, port, without) {
  const connection = thrift.createConnection('127.0.0.1', port, clientOptions(wire))
  const broken = new Promise((_, reject) => {
    connection.on('error', reject)
    connection.on('close', () => reject(new Error('closed')))
    connection.on('timeout', () => reject(new Error('timeout')))
  })
  broken.catch(() => {})
  const client = thrift.createClient(Mirror, connection)
  if (wire === 'header/compact') client.output.setProtocolId(COMPACT)
  const work = (op, num1, num2) => new Work({ op, num1, num2, comment: 'ü€' })
  const ask = (method, ...args) => Promise.race([client[method](...args), broken]).catch(failed)
  const zips = Number((await ask('getStruct', -1)).value)
  const answers = {
    ping: (await ask('ping')) ?? null,
    add: await ask('add', 1, 1),
    negative: await ask('add', -2147483648, 1),
    subtract: await ask('calculate', 7, work(Operation.SUBTRACT, 15, 10)),
    log: await ask('getStruct', 7),
    byZero: await ask('calculate', 8, work(Operation.DIVIDE, 1, 0)),
    noLog: await ask('getStruct', 8),
    fail: await ask('fail', 'on purpose'),
    mirror: await ask('mirror', everything(without, everything(without))),
    zip: (await ask('zip')) ?? null,
    zips: await zipped(ask, zips),
  }
  connection.end()
  return answers
}

/** A oneway call has arrived when it is counted. */
async function zipped(ask, before) {
  for (let tries = 0; tries < 200; tries++) {
    const count = Number((await ask('getStruct', -1)).value) - before
    if (count !== 0) return count
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return 0
}

function everything(without, inner) {
  const all = {
    yes: true,
    no: false,
    small: -128,
    short: -32768,
    medium: 2147483647,
    large: -9007199254740991,
    real: 1.5e-9,
    text: 'grüße €',
    bytes: Buffer.from([0, 255, 10, 128]),
    reals: [0, -0.5, 1e300],
    flags: [true, false, true],
    numbers: [3, 1, 2],
    ages: { ann: 31, ben: 27 },
    names: { 1: ['a'], 2: [] },
    works: Array.from({ length: 20 }, (_, n) => new Work({ num1: n, num2: -n, op: Operation.ADD })),
    nothing: {},
    inner,
  }
  return new Everything(
    Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name))),
  )
}

function failed(error) {
  const { name, type, message, whatOp, why } = error
  return { error: { name, type, message, whatOp, why } }
}

main().then(() => process.exit(0))
