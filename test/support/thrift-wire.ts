/** Thrift as bytes, in framed binary, for tests that play a peer: written without the codec that they try. */
import { binary, int32, type Value } from '../bench/load/thrift-value.ts'
import { eventually } from './eventually.ts'
import { connectTo, listenTcp, type TcpPeer, type TcpTestServer } from './tcp.ts'

export const CALL = 1
export const REPLY = 2
export const EXCEPTION = 3
export const ONEWAY = 4

export interface Frame {
  readonly type: number
  readonly name: string
  readonly id: number
  /** The struct. */
  readonly body: Buffer
}

export function frame(type: number, name: string, id: number, struct: Value | Buffer): Buffer {
  const body = Buffer.isBuffer(struct) ? struct : binary(struct)
  const version = Buffer.of(0x80, 0x01, 0x00, type)
  const message = [version, int32(name.length), Buffer.from(name), int32(id), body]
  return Buffer.concat([int32(12 + name.length + body.length), ...message])
}

/** The frames that are whole, and how many bytes they took. */
export function framesOf(bytes: Buffer): { readonly frames: Frame[]; readonly end: number } {
  const frames: Frame[] = []
  let at = 0
  while (bytes.length - at >= 4 && bytes.length - at >= 4 + bytes.readInt32BE(at)) {
    const end = at + 4 + bytes.readInt32BE(at)
    const nameEnd = at + 12 + bytes.readInt32BE(at + 8)
    frames.push({
      type: bytes[at + 7]!,
      name: bytes.toString('latin1', at + 12, nameEnd),
      id: bytes.readInt32BE(nameEnd),
      body: bytes.subarray(nameEnd + 4, end),
    })
    at = end
  }
  return { frames, end: at }
}

/** Calls `onFrame` for each that comes. */
function readFrames(peer: TcpPeer, onFrame: (frame: Frame) => void): void {
  let pending = Buffer.alloc(0)
  peer.keeps = false
  peer.onBytes = (bytes) => {
    pending = Buffer.concat([pending, bytes])
    const { frames, end } = framesOf(pending)
    pending = pending.subarray(end)
    for (const one of frames) onFrame(one)
  }
}

/** A server that does with each call what it is told; what it answers with is its own affair. */
export function listenThrift(onCall: (call: Frame, peer: TcpPeer) => void): TcpTestServer {
  return listenTcp({ onPeer: (peer) => readFrames(peer, (call) => onCall(call, peer)) })
}

/** A string that is given back, or an exception's text. */
export function textOf({ body }: Frame): string {
  if (body[0] !== 11) return ''
  return body.toString('utf8', 7, 7 + body.readInt32BE(3))
}

/** Of a TApplicationException. */
export function exceptionType({ body }: Frame): number {
  const at = 7 + body.readInt32BE(3)
  return body.readInt32BE(at + 3)
}

/** A client that has as many calls under way as it likes. */
export class ThriftClient {
  readonly peer: TcpPeer
  readonly replies: Frame[] = []
  #id = 0

  constructor(peer: TcpPeer) {
    this.peer = peer
    readFrames(peer, (reply) => this.replies.push(reply))
  }

  static async connect(port: number): Promise<ThriftClient> {
    return new ThriftClient(await connectTo(port))
  }

  /** Sends a call and gives its id. */
  send(name: string, struct: Value = { struct: [] }, type = CALL): number {
    this.peer.write(frame(type, name, ++this.#id, struct))
    return this.#id
  }

  /** Sends a call and waits for the next reply. */
  async ask(name: string, text = ''): Promise<Frame> {
    const before = this.replies.length
    this.send(name, { struct: [[1, { text }]] })
    await eventually(() => this.replies.length > before || this.peer.ended, 10_000)
    const reply = this.replies[before]
    if (reply === undefined) throw new Error(`closed instead of a reply to ${name}`)
    return reply
  }

  close(): void {
    this.peer.close()
  }
}

/** What a server answers that gives back its argument. */
export function echoOf(call: Frame): Buffer {
  return frame(REPLY, call.name, call.id, { struct: [[0, { text: textOf(call) }]] })
}
