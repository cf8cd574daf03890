import { existsSync } from 'node:fs'
import { type AddressText, formatAddress } from '../address-text.ts'
import { UsageError } from '../flag.ts'
import { bindAddress, checkHosts } from '../host-options.ts'
import type { ParsedArgs } from '../parse-args.ts'
import { parseRedisTarget, type RedisTarget } from './redis-url.ts'

/** What `tsproxy redis` was asked for. */
export interface RedisOptions {
  /** At least one, each once. */
  readonly targets: readonly RedisTarget[]
  /** The targets are seeds of a redis cluster, not shards. */
  readonly isCluster: boolean
  readonly listen: AddressText
  /** Null: none. */
  readonly admin: AddressText | null
  /** What clients must give; '' = nothing. */
  readonly username: string
  readonly password: string
  /** Where clients start; they may SELECT another. */
  readonly database: number
  /** Null: plain text. */
  readonly tls: TlsOptions | null
}

/** How the proxy talks to `rediss://` hosts. */
export interface TlsOptions {
  /** Empty with `isInsecure`. */
  readonly ca: string
  /** Empty: no client certificate. */
  readonly cert: string
  readonly key: string
  /** Empty: the host's own name. */
  readonly sni: string
  /** Any certificate will do. */
  readonly isInsecure: boolean
}

const TLS_FLAGS = ['tls-ca', 'tls-cert', 'tls-key', 'tls-sni', 'tls-insecure'] as const

/** Throws a UsageError that says what does not fit together. */
export function readRedisOptions(args: ParsedArgs): RedisOptions {
  const targets = args.words.map(parseRedisTarget)
  if (targets.length === 0) {
    throw new UsageError('redis needs a host', 'write tsproxy redis 127.0.0.1:6379 --listen 6400')
  }
  const isCluster = args.has('cluster')
  const username = args.text('username') ?? ''
  const password = args.text('password') ?? ''
  if (username !== '' && password === '') {
    throw new UsageError('--username without --password would let nobody in')
  }
  const listen = bindAddress(args.text('listen') ?? '6400', '--listen')
  checkHosts(
    targets.map(({ address }) => address),
    listen,
  )
  checkTargets(targets, isCluster)
  const admin = args.text('admin') ?? '0'
  return {
    targets,
    isCluster,
    listen,
    admin: admin === 'none' ? null : bindAddress(admin, '--admin'),
    username,
    password,
    database: targets[0]!.database,
    tls: tlsOptions(args, targets),
  }
}

function checkTargets(targets: readonly RedisTarget[], isCluster: boolean): void {
  if (new Set(targets.map(({ isTls }) => isTls)).size > 1) {
    throw new UsageError('either all hosts speak TLS (rediss://) or none')
  }
  if (new Set(targets.map(({ database }) => database)).size > 1) {
    throw new UsageError('all hosts must name the same database: clients see one redis')
  }
  if (!isCluster) return
  if (targets.some(({ address }) => address.kind === 'pipe'))
    throw new UsageError('a redis cluster is not discovered through a unix socket')
  if (targets[0]!.database !== 0) throw new UsageError('a redis cluster has database 0 alone')
  const logins = new Set(targets.map(({ username, password }) => `${username}:${password}`))
  if (logins.size > 1)
    throw new UsageError('all nodes of a redis cluster take the same credentials')
}

function tlsOptions(args: ParsedArgs, targets: readonly RedisTarget[]): TlsOptions | null {
  if (!targets[0]!.isTls) {
    const given = TLS_FLAGS.find((name) => args.has(name))
    if (given === undefined) return null
    const text = formatAddress(targets[0]!.address)
    throw new UsageError(`--${given} is for hosts that speak TLS`, `write rediss://${text}`)
  }
  const file = (name: 'tls-ca' | 'tls-cert' | 'tls-key'): string => {
    const path = args.text(name) ?? ''
    if (path === '' || existsSync(path)) return path
    throw new UsageError(`--${name}: there is no file '${path}'`)
  }
  const [ca, cert, key] = [file('tls-ca'), file('tls-cert'), file('tls-key')]
  if ((cert === '') !== (key === '')) {
    throw new UsageError('--tls-cert and --tls-key belong together')
  }
  const isInsecure = args.has('tls-insecure')
  if (isInsecure && ca !== '') {
    throw new UsageError('--tls-insecure trusts any certificate, so --tls-ca would mean nothing')
  }
  return {
    ca: ca || (isInsecure ? '' : systemBundle()),
    cert,
    key,
    sni: args.text('tls-sni') ?? '',
    isInsecure,
  }
}

/** Of Debian, Red Hat, Alpine and macOS. Envoy checks names only against a bundle that is named. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
]

function systemBundle(): string {
  const found = BUNDLES.find((path) => existsSync(path))
  if (found !== undefined) return found
  throw new UsageError(
    'this system has no bundle of trusted certificates in a known place',
    'name one with --tls-ca FILE',
  )
}
