import { ADMIN_SETTINGS, type NODE_METADATA } from '../../config/own-metadata-table.ts'
import type { Address } from '../../network/address.ts'
import type { TapFilter } from '../../redis/tap-filter.ts'
import { type AdminParams, type AdminResponse, text } from './admin-message.ts'
import type { Endpoint } from './endpoint.ts'
import type { ServerView } from './server-view.ts'

const NAMESPACE: keyof typeof NODE_METADATA = 'tsproxy.admin'
const NDJSON = 'application/x-ndjson'

export const redisTapEndpoint: Endpoint = {
  path: '/tap/redis',
  guarded: true,
  help: 'stream decoded redis commands with their replies, one JSON object a line (tsproxy)',
  params: [
    { name: 'key', help: 'glob pattern that one of the keys must match' },
    { name: 'command', help: 'names of commands, separated by commas; config|get is a subcommand' },
    { name: 'client', help: "what the client's address begins with" },
    { name: 'listener', help: 'name of the listener' },
    { name: 'errors', help: 'errors only', oneOf: ['', 'true'] },
    { name: 'slower_ms', help: 'commands that took at least so many milliseconds' },
  ],
  answer({ params, remoteAddress, host }, view) {
    const refusal = refusalOf(remoteAddress, host, view)
    if (refusal !== null) return text(403, `${refusal}\n`)
    const filter = readFilter(params)
    return typeof filter === 'string' ? text(400, `${filter}\n`) : stream(filter, view)
  },
}

function stream(filter: Omit<TapFilter, 'id'>, view: ServerView): AdminResponse {
  if (view.freeTaps() === 0) return text(503, 'too many taps are open: close one\n')
  return {
    status: 200,
    contentType: NDJSON,
    body: '',
    stream: (out) => view.tapRedis(filter, out),
  }
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
function readFilter(params: AdminParams): Omit<TapFilter, 'id'> | string {
  const known = new Set(redisTapEndpoint.params!.map(({ name }) => name))
  for (const [name] of params.entries()) if (!known.has(name)) return `unknown parameter '${name}'`
  const orNull = (name: string) => params.get(name) || null
  const slower = params.get('slower_ms')
  if (!/^(\d+(\.\d+)?)?$/.test(slower)) return `invalid slower_ms '${slower}': not a number`
  const errors = params.get('errors')
  if (!['', 'true', 'false'].includes(errors)) return `invalid errors '${errors}': true or false`
  const commands = params.get('command').toLowerCase().split(',')
  return {
    key: orNull('key'),
    commands: commands.map((name) => name.trim()).filter((name) => name !== ''),
    client: orNull('client'),
    listener: orNull('listener'),
    errorsOnly: errors === 'true',
    slowerThanMs: Number(slower),
  }
}
