import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { startProxy, type TestProxy } from '../support/proxy.ts'
import { needs } from '../support/require.ts'
import { thriftCluster, thriftListener } from '../support/thrift-config.ts'
import {
  type Answers,
  CALLED,
  callTutorial,
  type Library,
  SERVED,
  startThriftServer,
  type ThriftServer,
  type Wire,
} from '../support/thrift-library.ts'

setDefaultTimeout(60_000)

const LIBRARIES: readonly Library[] = ['node', 'python']

/** What a listener and a cluster are told: a transform is the client's own affair. */
function spoken(wire: Wire): Wire {
  return wire.replace('+zlib', '')
}

/** Python's server undoes a transform, Node's refuses it. */
function isServed(server: Library, wire: Wire): boolean {
  return SERVED[server].includes(server === 'python' ? spoken(wire) : wire)
}

/** A wire that the first bytes tell; the others must be named. */
function isDetected(wire: Wire): boolean {
  return !/json|lax/.test(wire)
}

describe.if(needs('thrift'))("Apache's tutorial, both sides different", () => {
  const servers = new Map<Library, ThriftServer>()
  let proxy: TestProxy
  /** Without the proxy between, by client, server, wire and fields that were left out. */
  const direct = new Map<string, Answers>()

  beforeAll(async () => {
    for (const library of LIBRARIES) servers.set(library, await startThriftServer(library))
    proxy = await startProxy(everyPair(servers), { concurrency: 1 })
  })
  afterAll(async () => {
    await proxy?.stop()
    for (const server of servers.values()) await server.kill()
  })

  const pairs = LIBRARIES.flatMap((client) => LIBRARIES.map((server) => ({ client, server })))

  test.each(pairs)('$client calls $server: without the proxy', async ({ client, server }) => {
    const visits = CALLED[client]
      .filter((wire) => isServed(server, wire))
      .flatMap((wire) =>
        [false, true].map((isMixed) => ({
          wire,
          port: servers.get(server)!.ports.get(spoken(wire))!,
          without: leftOut(client, server, isMixed),
        })),
      )
    const answers = await callTutorial(client, visits)
    visits.forEach(({ wire, without }, index) => {
      direct.set(`${client} ${server} ${wire} ${without}`, answers[index]!)
    })
    for (const answer of answers) {
      expect(answer).toMatchObject({
        ping: null,
        add: 2,
        subtract: 5,
        log: { key: 7, value: '5' },
        byZero: { error: { name: 'InvalidOperation', whatOp: 4, why: 'Cannot divide by 0' } },
        fail: { error: { name: 'TApplicationException', message: 'on purpose' } },
        zip: null,
        zips: 1,
      })
    }
  })

  test.each(pairs)(
    '$client calls $server: the results are the same',
    async ({ client, server }) => {
      const ways = CALLED[client].flatMap((down) =>
        SERVED[server]
          .filter((up) => up !== spoken(down))
          .map((up) => ({
            down,
            up,
            without: leftOut(client, server, isJson(down) !== isJson(up)),
          })),
      )
      const visits = ways.map(({ down, up, without }) => ({
        wire: down,
        port: proxy.port(`${spoken(down)} to ${server} ${up}`),
        without,
      }))
      const answers = await callTutorial(client, visits)
      const wrong = ways.flatMap(({ down, up, without }, index) => {
        const known = (wire: Wire) => direct.get(`${client} ${server} ${wire} ${without}`)
        const expected = known(down) ?? known('framed/binary')!
        const got = answers[index]!
        return Bun.deepEquals(got, expected) ? [] : [differences(`${down} to ${up}`, got, expected)]
      })
      expect(wrong).toEqual([])
    },
  )
})

function isJson(wire: Wire): boolean {
  return wire.endsWith('/json')
}

/**
 * Node's library reads every bool of a list as false in the compact protocol. In JSON a binary is base64, and only an IDL tells it from
 * a text: where one side alone speaks JSON it cannot be converted.
 */
function leftOut(client: Library, server: Library, isMixed: boolean): readonly string[] {
  const isNode = client === 'node' || server === 'node'
  return [...(isNode ? ['flags'] : []), ...(isMixed ? ['bytes'] : [])]
}

/** What a person needs to see of it. */
function differences(name: string, got: Answers, expected: Answers): string {
  const methods = Object.keys(expected).filter((key) => !Bun.deepEquals(got[key], expected[key]))
  const texts = methods.map(
    (key) => `${key}: ${JSON.stringify(got[key])} instead of ${JSON.stringify(expected[key])}`,
  )
  return `${name}: ${texts.join('; ') || JSON.stringify(got)}`
}

/** A listener for each way through the proxy. */
function everyPair(servers: ReadonlyMap<Library, ThriftServer>) {
  const downs = [...new Set(Object.values(CALLED).flat().map(spoken))]
  const clusters = [...servers].flatMap(([library, { ports }]) =>
    [...ports].map(([wire, port]) => thriftCluster(`${library} ${wire}`, [port], wire)),
  )
  const listeners = downs.flatMap((down) =>
    clusters
      .filter(({ name }) => !name.endsWith(` ${down}`))
      .map(({ name }) => {
        const wire = isDetected(down) ? 'auto' : down
        return thriftListener(`${down} to ${name}`, name, wire)
      }),
  )
  return { static_resources: { listeners, clusters } }
}
