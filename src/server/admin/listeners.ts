import { type Address, addressText } from '../../network/address.ts'
import { JSON_TYPE, text } from './admin-message.ts'
import type { Endpoint } from './endpoint.ts'
import { prettyJson } from './pretty-json.ts'
import type { JsonObject, ListenerStatus } from './server-view.ts'

export const listenersEndpoint: Endpoint = {
  path: '/listeners',
  help: 'print listener info',
  params: [{ name: 'format', help: 'File format to use', oneOf: ['text', 'json'] }],
  answer({ params }, view) {
    const listeners = view.listeners()
    if (params.get('format') !== 'json') return text(200, listenersText(listeners))
    const body = prettyJson(
      listeners.length === 0 ? {} : { listener_statuses: listeners.map(toStatus) },
    )
    return { status: 200, contentType: JSON_TYPE, body }
  },
}

function listenersText(listeners: readonly ListenerStatus[]): string {
  let out = ''
  for (const { name, addresses } of listeners) {
    for (const address of addresses) out += `${name}::${addressText(address)}\n`
  }
  return out
}

function toStatus({ name, addresses }: ListenerStatus): JsonObject {
  const [main, ...additional] = addresses.map(addressJson)
  return {
    name,
    local_address: main,
    ...(additional.length > 0 && { additional_local_addresses: additional }),
  }
}

/** `core.v3.Address` as the admin prints it. */
export function addressJson(address: Address): JsonObject {
  return address.kind === 'pipe'
    ? { pipe: { path: address.path } }
    : { socket_address: { address: address.ip, port_value: address.port } }
}
