/** Pieces of the YAML that a command line stands for. */
import { isIP } from 'node:net'
import type { AddressText } from './address-text.ts'

/** A `core.v3.Address` in a line. */
export function addressYaml(at: AddressText): string {
  if (at.kind === 'pipe') return `{ pipe: { path: ${scalar(at.path)} } }`
  return `{ socket_address: { address: ${scalar(at.host)}, port_value: ${at.port} } }`
}

/** Hosts that DNS must find. */
export function hasNames(addresses: readonly AddressText[]): boolean {
  return addresses.some((at) => at.kind === 'socket' && !isIP(at.host))
}

/** A `load_assignment`, line by line. */
export function endpointsYaml(cluster: string, addresses: readonly AddressText[]): string[] {
  return [
    'load_assignment:',
    `  cluster_name: ${cluster}`,
    '  endpoints:',
    '    - lb_endpoints:',
    ...addresses.flatMap((at) => [
      '        - endpoint:',
      `            address: ${addressYaml(at)}`,
    ]),
  ]
}

/** The lines of one item of a list, `indent` deep. */
export function itemYaml(indent: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `${indent}${index === 0 ? '- ' : '  '}${line}`)
}

/** A YAML string: plain where nothing else can be meant by it. */
export function scalar(text: string, isQuoted = false): string {
  const isPlain = /^[A-Za-z0-9/][\w./-]*$/.test(text) && !isQuoted && !isOther(text)
  return isPlain ? text : JSON.stringify(text)
}

/** What YAML reads as a number, a boolean or nothing. */
function isOther(text: string): boolean {
  return /^(true|false|null|yes|no|on|off|y|n)$/i.test(text) || !Number.isNaN(Number(text))
}
