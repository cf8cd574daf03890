import { createSocket, type Socket } from 'node:dgram'

/** One record of an answer; an alias is a record of type CNAME. */
export interface ZoneRecord {
  readonly name: string
  readonly type: 'A' | 'AAAA' | 'CNAME'
  readonly ttl: number
  readonly value: string
}

export interface ZoneAnswer {
  readonly records?: readonly ZoneRecord[]
  /** 0 NOERROR, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED. */
  readonly code?: number
  /** Over UDP only the truncation flag is sent; the records come over TCP. */
  readonly truncate?: boolean
  /** Nothing is sent. */
  readonly silent?: boolean
}

const TYPES = { A: 1, CNAME: 5, AAAA: 28 } as const
const TYPE_NAMES: Readonly<Record<number, string>> = { 1: 'A', 28: 'AAAA' }

/** A DNS server on loopback, UDP and TCP on one port, that answers what the test tells it to. */
export class DnsServer {
  readonly port: number
  /** `name TYPE transport` of each query, in order. */
  readonly queries: string[] = []
  readonly #answers = new Map<string, ZoneAnswer>()
  readonly #udp: Socket
  readonly #tcp: Bun.TCPSocketListener<undefined>

  static async start(): Promise<DnsServer> {
    const udp = createSocket('udp4')
    let server: DnsServer
    for (;;) {
      const tcp = Bun.listen<undefined>({
        hostname: '127.0.0.1',
        port: 0,
        socket: {
          data(socket, bytes) {
            server.#onTcp(bytes, (answer) => socket.write(answer))
          },
        },
      })
      const bound = await new Promise<boolean>((resolve) => {
        udp.once('error', () => resolve(false))
        udp.bind(tcp.port, '127.0.0.1', () => resolve(true))
      })
      if (!bound) {
        tcp.stop()
        continue
      }
      server = new DnsServer(udp, tcp)
      return server
    }
  }

  private constructor(udp: Socket, tcp: Bun.TCPSocketListener<undefined>) {
    this.#udp = udp
    this.#tcp = tcp
    this.port = udp.address().port
    udp.on('message', (query, from) => {
      const answer = this.#answer(query, 'udp')
      if (answer !== null) udp.send(answer, from.port, from.address)
    })
  }

  /** What is answered from now on; by default NXDOMAIN. */
  set(name: string, type: 'A' | 'AAAA', answer: ZoneAnswer): void {
    this.#answers.set(`${name} ${type}`, answer)
  }

  /** Plain addresses with a TTL. */
  setAddresses(name: string, type: 'A' | 'AAAA', addresses: readonly string[], ttl = 60): void {
    this.set(name, type, {
      records: addresses.map((value) => ({ name, type, ttl, value })),
    })
  }

  count(query: string): number {
    return this.queries.filter((known) => known === query).length
  }

  stop(): void {
    this.#udp.close()
    this.#tcp.stop(true)
  }

  #onTcp(bytes: Uint8Array, send: (answer: Uint8Array) => void): void {
    const answer = this.#answer(Buffer.from(bytes).subarray(2), 'tcp')
    if (answer === null) return
    const framed = Buffer.alloc(2 + answer.length)
    framed.writeUInt16BE(answer.length)
    answer.copy(framed, 2)
    send(framed)
  }

  #answer(query: Buffer, transport: 'udp' | 'tcp'): Buffer | null {
    let at = 12
    const labels: string[] = []
    while (query[at] !== 0) {
      const length = query[at]!
      labels.push(query.toString('latin1', at + 1, at + 1 + length))
      at += length + 1
    }
    const question = query.subarray(12, at + 5)
    const type = TYPE_NAMES[query.readUInt16BE(at + 1)] ?? '?'
    const name = labels.join('.')
    this.queries.push(`${name} ${type} ${transport}`)
    const answer = this.#answers.get(`${name} ${type}`) ?? { code: 3 }
    if (answer.silent === true) return null
    const truncated = answer.truncate === true && transport === 'udp'
    const records = truncated ? [] : (answer.records ?? [])
    const header = Buffer.alloc(12)
    header.writeUInt16BE(query.readUInt16BE(0))
    header.writeUInt16BE(0x8180 | (truncated ? 0x200 : 0) | (answer.code ?? 0), 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(records.length, 6)
    return Buffer.concat([header, question, ...records.map(encodeRecord)])
  }
}

function encodeRecord(record: ZoneRecord): Buffer {
  const data = encodeValue(record)
  const fixed = Buffer.alloc(10)
  fixed.writeUInt16BE(TYPES[record.type])
  fixed.writeUInt16BE(1, 2)
  fixed.writeUInt32BE(record.ttl, 4)
  fixed.writeUInt16BE(data.length, 8)
  return Buffer.concat([encodeName(record.name), fixed, data])
}

function encodeValue({ type, value }: ZoneRecord): Buffer {
  if (type === 'CNAME') return encodeName(value)
  if (type === 'A') return Buffer.from(value.split('.').map(Number))
  const [head = '', tail = ''] = value.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const zeros = 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array(zeros).fill('0'), ...groups(tail)]
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex')
}

function encodeName(name: string): Buffer {
  const labels = name
    .split('.')
    .map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1'))
  return Buffer.concat([...labels, Buffer.from([0])])
}
