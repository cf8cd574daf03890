import type { Problems } from '../../../config/schema/schema.ts'
import { isTaken } from './library-check.ts'

const DEFAULT_CIPHERS = [
  '[ECDHE-ECDSA-AES128-GCM-SHA256|ECDHE-ECDSA-CHACHA20-POLY1305]',
  '[ECDHE-RSA-AES128-GCM-SHA256|ECDHE-RSA-CHACHA20-POLY1305]',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
]

/** Bun takes every name that begins like this for one of TLS 1.3, which cannot be chosen. */
const STANDARD_NAMES: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256',
  TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
  TLS_RSA_WITH_AES_128_CBC_SHA: 'AES128-SHA',
  TLS_RSA_WITH_AES_256_CBC_SHA: 'AES256-SHA',
}

/** Suites of TLS 1.3 may be named beside others, and change nothing: all of them are always on. */
const TLS13_SUITES = new Set([
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
])

/** `cipher_suites` in the library's grammar; each entry that it does not know is reported. */
export function readCiphers(entries: readonly string[], problems: Problems): string {
  if (entries.length === 0) return DEFAULT_CIPHERS.join(':')
  const kept: string[] = []
  for (const [index, entry] of entries.entries()) {
    if (TLS13_SUITES.has(entry) && entries.some((other) => !TLS13_SUITES.has(other))) continue
    const known = entry.replace(/TLS_\w+/g, (name) => STANDARD_NAMES[name] ?? name)
    const unknown = cipherNames(known).filter((name) => !isCipher(name))
    kept.push(known)
    if (unknown.length === 0) continue
    const names = unknown.map((name) => `"${name}"`).join(' or ')
    const message = `no cipher of TLS 1.2 or below is called ${names}`
    problems.add('rule-violated', ['cipher_suites', index], message, entry)
  }
  return kept.join(':')
}

/** `[A|B]` are two of equal preference; `-A`, `!A` and `+A` move and remove. */
function cipherNames(entry: string): string[] {
  return entry
    .split(/[:,; ]/)
    .flatMap((part) => part.replace(/^\[|\]$/g, '').split('|'))
    .map((name) => name.replace(/^[-!+]/, ''))
}

function isCipher(name: string): boolean {
  return !name.startsWith('TLS_') && isTaken({ ciphers: name })
}
