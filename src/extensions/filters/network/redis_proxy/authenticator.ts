import { timingSafeEqual } from 'node:crypto'
import type { RedisProxy } from './schema.ts'

/** What a try to authenticate came to. */
export const AuthResult = {
  Ok: 0,
  Wrong: 1,
  /** Nothing is configured that could be right. */
  NotConfigured: 2,
} as const
export type AuthResult = (typeof AuthResult)[keyof typeof AuthResult]

/** Whom the config lets in. */
export class Authenticator {
  readonly #username: Uint8Array | null
  readonly #passwords: readonly Uint8Array[]

  constructor(config: RedisProxy) {
    const username = config.downstreamAuthUsername
    this.#username = username === null || username === '' ? null : decode(username)
    this.#passwords = config.downstreamAuthPasswords.map(decode)
  }

  /** False: everybody may send everything. */
  get isRequired(): boolean {
    return this.#username !== null || this.#passwords.length > 0
  }

  /** `AUTH password`: as in Envoy it is enough where a user name is configured too. */
  checkPassword(password: Uint8Array): AuthResult {
    if (this.#passwords.length === 0) return AuthResult.NotConfigured
    return this.#isPassword(password) ? AuthResult.Ok : AuthResult.Wrong
  }

  /** `AUTH username password`. Without a configured name, `default` is the one. */
  check(username: Uint8Array, password: Uint8Array): AuthResult {
    if (!this.isRequired) return AuthResult.NotConfigured
    const isName = equal(username, this.#username ?? DEFAULT_USER)
    return isName && this.#isPassword(password) ? AuthResult.Ok : AuthResult.Wrong
  }

  #isPassword(password: Uint8Array): boolean {
    let isRight = false
    for (const one of this.#passwords) if (equal(one, password)) isRight = true
    return isRight
  }
}

const DEFAULT_USER = Buffer.from('default')

function decode(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64')
}

/** Takes as long for a near miss as for any other. */
function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
