import { defineStats } from '../../../stats/group.ts'
import type { StatsBlock, StatsStore } from '../../../stats/store.ts'
import type { StatTag } from '../../../stats/tag.ts'

/** `listener.<address>.ssl.` and `cluster.<name>.ssl.` */
const SSL_STATS = defineStats({
  connection_error: 'counter',
  handshake: 'counter',
  session_reused: 'counter',
  no_certificate: 'counter',
  fail_verify_no_cert: 'counter',
  fail_verify_error: 'counter',
  fail_verify_san: 'counter',
  fail_verify_cert_hash: 'counter',
  ocsp_staple_failed: 'counter',
  ocsp_staple_omitted: 'counter',
  ocsp_staple_responses: 'counter',
  ocsp_staple_requests: 'counter',
})

/** `listener.<address>.server_ssl_socket_factory.` and `cluster.<name>.client_ssl_socket_factory.` */
const FACTORY_STATS = defineStats({
  ssl_context_update_by_sds: 'counter',
  upstream_context_secrets_not_ready: 'counter',
  downstream_context_secrets_not_ready: 'counter',
})

export type SslStat = keyof typeof SSL_STATS.index

/** Where a factory counts: the listener's or the cluster's scope, with its dot at the end. */
export interface TlsStatsScope {
  readonly stats: StatsStore
  readonly scope: string
  readonly tags?: readonly StatTag[] | undefined
}

/** A finished handshake, as far as it is counted. */
export interface CountedHandshake {
  readonly version: string
  readonly cipher: string
  readonly group: string
  /** '' if the peer signed nothing. */
  readonly signatureAlgorithm: string
  readonly isSessionReused: boolean
  readonly hasPeerCertificate: boolean
}

/** Counts the handshakes of one listener or cluster on this thread. */
export class TlsStats {
  readonly #scope: TlsStatsScope
  readonly #factoryScope: string
  readonly #block: StatsBlock
  readonly #named = new Map<string, StatsBlock>()

  constructor(scope: TlsStatsScope, side: 'server' | 'client') {
    this.#scope = scope
    this.#factoryScope = `${scope.scope}${side}_ssl_socket_factory.`
    this.#block = scope.stats.block(`${scope.scope}ssl.`, SSL_STATS, scope.tags)
    scope.stats.block(this.#factoryScope, FACTORY_STATS, scope.tags)
  }

  count(stat: SslStat): void {
    this.#block[SSL_STATS.index[stat]]!++
  }

  countHandshake(handshake: CountedHandshake): void {
    this.count('handshake')
    if (handshake.isSessionReused) this.count('session_reused')
    if (!handshake.hasPeerCertificate) this.count('no_certificate')
    this.#countNamed('ciphers', handshake.cipher)
    this.#countNamed('versions', handshake.version)
    this.#countNamed('curves', handshake.group)
    this.#countNamed('sigalgs', handshake.signatureAlgorithm)
  }

  #countNamed(kind: string, name: string): void {
    if (name === '') return
    const key = `${this.#scope.scope}ssl.${kind}.${name}`
    let block = this.#named.get(key)
    if (block === undefined) {
      block = this.#scope.stats.single(key, 'counter', this.#scope.tags)
      this.#named.set(key, block)
    }
    block[0]!++
  }

  /** Nobody counts here any more. */
  release(): void {
    const { stats, scope } = this.#scope
    stats.release(`${scope}ssl.`, SSL_STATS)
    stats.release(this.#factoryScope, FACTORY_STATS)
    for (const name of this.#named.keys()) stats.releaseSingle(name, 'counter')
    this.#named.clear()
  }
}
