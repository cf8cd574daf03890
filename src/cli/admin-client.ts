import { loadBootstrap } from '../config/load/load-bootstrap.ts'
import { type AddressText, formatAddress, parseAddress } from './address-text.ts'
import { findConfig } from './find-config.ts'
import type { Flag } from './flag.ts'
import type { ParsedArgs } from './parse-args.ts'

/** Of every command that asks a running proxy. */
export const ADMIN_FLAG = {
  name: 'admin',
  type: 'text',
  value: 'ADDR',
  group: 'own',
  summary: 'admin of the running proxy: HOST:PORT, PORT or a unix socket',
} as const satisfies Flag

/** What stood in the way, for the user; the process ends with status 1. */
export class AdminError extends Error {
  override readonly name = 'AdminError'
}

/** The admin that `--admin` names, or else the one of the config that serving would take. */
export function adminAddress(args: ParsedArgs): AddressText {
  const given = args.text('admin')
  if (given !== null) {
    const text = given.replace(/^http:\/\//, '').replace(/\/$/, '')
    return parseAddress(text, '--admin', { host: '127.0.0.1', port: null })
  }
  const file = args.text('config-path') ?? findConfig()
  if (file === null) {
    throw new AdminError(
      'no running proxy is named: give its admin address with --admin, or its config with -c',
    )
  }
  return adminOfConfig(file)
}

interface RawAddress {
  readonly socket_address?: { readonly address?: string; readonly port_value?: number }
  readonly pipe?: { readonly path?: string }
}

/** Whatever else is wrong with the config is none of our business here. */
function adminOfConfig(file: string): AddressText {
  const { value } = loadBootstrap({ file }, null, { allowUnknownStaticFields: true })
  const admin = (value['admin'] ?? {}) as { readonly address?: RawAddress }
  const { socket_address: socket, pipe } = admin.address ?? {}
  if (pipe?.path !== undefined) return { kind: 'pipe', path: pipe.path }
  if (socket === undefined) {
    throw new AdminError(
      `${file} has no admin address: name that of the running proxy with --admin`,
    )
  }
  const { address = '', port_value: port = 0 } = socket
  if (port === 0) {
    throw new AdminError(
      `the admin of ${file} has port 0, so the system chose one: name it with --admin`,
    )
  }
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return { kind: 'socket', host, port }
}

/** The answer to a GET. Throws an AdminError when there is none, or when it is not 200. */
export async function askAdmin(
  address: AddressText,
  path: string,
  signal: AbortSignal | null = null,
): Promise<Response> {
  const isPipe = address.kind === 'pipe'
  const url = `http://${isPipe ? 'localhost' : formatAddress(address)}${path}`
  let response: Response
  try {
    response = await fetch(url, { signal, ...(isPipe ? { unix: address.path } : {}) })
  } catch (error) {
    if (signal?.aborted) throw error
    const { code = String(error) } = error as { readonly code?: string }
    throw new AdminError(
      `no proxy answers at ${formatAddress(address)} (${REASONS[code] ?? code}): is it running?`,
    )
  }
  if (response.ok) return response
  const text = (await response.text()).trim()
  const isForeign = response.status === 404
  throw new AdminError(
    isForeign
      ? `what answers at ${formatAddress(address)} has no ${path.split('?')[0]}: is it a tsproxy of this version?`
      : text || `${formatAddress(address)} answers with status ${response.status}`,
  )
}

const REASONS: Readonly<Record<string, string>> = {
  ConnectionRefused: 'connection refused',
  ECONNREFUSED: 'connection refused',
  FailedToOpenSocket: 'no such socket',
  ENOENT: 'no such socket',
}
