import { addressText } from '../../src/network/address.ts'
import {
  type AdminOptions,
  type RunningAdmin,
  startAdmin,
} from '../../src/server/admin/admin-server.ts'
import type { ServerView } from '../../src/server/admin/server-view.ts'

export interface AdminAnswer {
  readonly status: number
  readonly type: string | null
  readonly body: string
}

/** An admin server on a free loopback port, with a client for it. Use with `using`. */
export class AdminUnderTest implements Disposable {
  readonly #admin: RunningAdmin

  private constructor(admin: RunningAdmin) {
    this.#admin = admin
  }

  static async start(
    view: ServerView,
    options: Omit<AdminOptions, 'address'> = {},
  ): Promise<AdminUnderTest> {
    const address = { kind: 'ip', ip: '127.0.0.1', port: 0, family: 4 } as const
    return new AdminUnderTest(await startAdmin({ address, ...options }, view))
  }

  get address(): string {
    return addressText(this.#admin.address)
  }

  get port(): number {
    return Number(this.address.split(':')[1])
  }

  async get(path: string, init: RequestInit = {}): Promise<AdminAnswer> {
    const response = await fetch(`http://${this.address}${path}`, init)
    const { status, headers } = response
    return { status, type: headers.get('content-type'), body: await response.text() }
  }

  post(path: string, headers: Record<string, string> = {}): Promise<AdminAnswer> {
    return this.get(path, { method: 'POST', headers })
  }

  async json(path: string): Promise<unknown> {
    return JSON.parse((await this.get(path)).body)
  }

  [Symbol.dispose](): void {
    this.#admin.stop()
  }
}

/** Sends bytes as they are, in pieces, and gives what came back once `until` holds or the server closed. */
export async function exchange(
  port: number,
  pieces: readonly string[],
  until: (received: string) => boolean = () => false,
  options: { half?: boolean; timeoutMs?: number } = {},
): Promise<{ received: string; closed: boolean }> {
  const { promise, resolve } = Promise.withResolvers<{ received: string; closed: boolean }>()
  let received = ''
  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port,
    allowHalfOpen: true,
    socket: {
      data(_, bytes) {
        received += bytes.toString('latin1')
        if (until(received)) resolve({ received, closed: false })
      },
      end: () => resolve({ received, closed: true }),
      close: () => resolve({ received, closed: true }),
      error: (_, error) => {
        throw error
      },
    },
  })
  for (const piece of pieces) {
    socket.write(piece)
    socket.flush()
    await new Promise(setImmediate)
  }
  if (options.half) socket.shutdown()
  const expired = AbortSignal.timeout(options.timeoutMs ?? 3000)
  expired.onabort = () => resolve({ received, closed: false })
  const result = await promise
  socket.terminate()
  return result
}
