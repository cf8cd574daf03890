import { ADMIN_SETTINGS, type NODE_METADATA } from '../../config/own-metadata-table.ts'
import type { Address } from '../../network/address.ts'
import type { TapFilter } from '../../redis/tap-filter.ts'
import type { ThriftTapFilter } from '../../thrift/tap-filter.ts'
import type { Taps } from '../tap-hub.ts'
import { type AdminParams, type AdminResponse, text } from './admin-message.ts'
import type { Endpoint } from './endpoint.ts'
import type { ServerView } from './server-view.ts'

const NAMESPACE: keyof typeof NODE_METADATA = 'tsproxy.admin'
const NDJSON = 'application/x-ndjson'

type Param = NonNullable<Endpoint['params']>[number]

/** What a tap of any protocol can be narrowed by. */
const COMMON: readonly Param[] = [
  { name: 'client', help: "what the client's address begins with" },
  { name: 'listener', help: 'name of the listener' },
  { name: 'errors', help: 'errors only', oneOf: ['', 'true'] },
  { name: 'slower_ms', help: 'what took at least so many milliseconds' },
]

export const redisTapEndpoint: Endpoint = tapEndpoint(
  {
    path: '/tap/redis',
    guarded: true,
    help: 'stream decoded redis commands with their replies, one JSON object a line (tsproxy)',
    params: [
      { name: 'key', help: 'glob pattern that one of the keys must match' },
      {
        name: 'command',
        help: 'names of commands, separated by commas; config|get is a subcommand',
      },
      ...COMMON,
    ],
  },
  (view) => view.redisTaps,
  (params) => {
    const commands = params.get('command').toLowerCase().split(',')
    return {
      key: params.get('key') || null,
      commands: commands.map((name) => name.trim()).filter((name) => name !== ''),
    }
  },
)

export const thriftTapEndpoint: Endpoint = tapEndpoint(
  {
    path: '/tap/thrift',
    guarded: true,
    help: 'stream decoded thrift calls with their replies, one JSON object a line (tsproxy)',
    params: [{ name: 'method', help: 'glob pattern of the method: Calculator:*' }, ...COMMON],
  },
  (view) => view.thriftTaps,
  (params) => ({ method: params.get('method') || null }),
)

/** What every tap may be narrowed by. */
type CommonFilter = Pick<
  TapFilter & ThriftTapFilter,
  'client' | 'listener' | 'errorsOnly' | 'slowerThanMs'
>

function tapEndpoint<F extends CommonFilter & { readonly id: number }>(
  told: Omit<Endpoint, 'answer'>,
  tapsOf: (view: ServerView) => Taps<F>,
  ownFilter: (params: AdminParams) => Omit<F, 'id' | keyof CommonFilter>,
): Endpoint {
  const known = new Set(told.params!.map(({ name }) => name))
  return {
    ...told,
    answer({ params, remoteAddress, host }, view) {
      const refusal = refusalOf(remoteAddress, host, view)
      if (refusal !== null) return text(403, `${refusal}\n`)
      for (const [name] of params.entries()) {
        if (!known.has(name)) return text(400, `unknown parameter '${name}'\n`)
      }
      const common = readCommon(params)
      if (typeof common === 'string') return text(400, `${common}\n`)
      const filter = { ...ownFilter(params), ...common } as unknown as Omit<F, 'id'>
      return stream(tapsOf(view), filter)
    },
  }
}

function stream<F extends { readonly id: number }>(
  taps: Taps<F>,
  filter: Omit<F, 'id'>,
): AdminResponse {
  if (taps.free === 0) return text(503, 'too many taps are open: close one\n')
  return { status: 200, contentType: NDJSON, body: '', stream: (out) => taps.add(filter, out) }
}

/** The tap shows what others send, so it is for those who are on this machine, unless the config says otherwise. */
function refusalOf(remote: Address | null, host: string, view: ServerView): string | null {
  const access = accessOf(view)
  if (access === 'anywhere') return null
  if (access === 'nowhere') return 'the tap is switched off: tap is nowhere in node.metadata'
  if (remote !== null && remote.kind === 'ip' && !isLoopback(remote.ip)) {
    return 'the tap answers on loopback and unix sockets only: node: { metadata: { tsproxy.admin: { tap: anywhere } } } opens it'
  }
  // A page may have its own name point at loopback; then the browser's request comes from here, under that name.
  return isOwnName(host) ? null : `the tap does not answer for the name ${JSON.stringify(host)}`
}

function accessOf(view: ServerView): string {
  const metadata = (view.node()['metadata'] ?? {}) as Readonly<Record<string, unknown>>
  const settings = (metadata[NAMESPACE] ?? {}) as { readonly tap?: string }
  return settings.tap ?? ADMIN_SETTINGS.tap.fallback
}

function isLoopback(ip: string): boolean {
  return ip.startsWith('127.') || ip === '::1'
}

function isOwnName(host: string): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase()
  return name === '' || name === 'localhost' || /^\[.*\]$|^\d+\.\d+\.\d+\.\d+$/.test(name)
}

/** Or what is wrong with the parameters. */
function readCommon(params: AdminParams): CommonFilter | string {
  const orNull = (name: string) => params.get(name) || null
  const slower = params.get('slower_ms')
  if (!/^(\d+(\.\d+)?)?$/.test(slower)) return `invalid slower_ms '${slower}': not a number`
  const errors = params.get('errors')
  if (!['', 'true', 'false'].includes(errors)) return `invalid errors '${errors}': true or false`
  return {
    client: orNull('client'),
    listener: orNull('listener'),
    errorsOnly: errors === 'true',
    slowerThanMs: Number(slower),
  }
}
