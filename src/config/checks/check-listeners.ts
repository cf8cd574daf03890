import { canonicalIp } from '../schema/address.ts'
import { field, type Item, items, listenersOf, textOf, type Value } from './canonical.ts'
import type { Tell } from './remark.ts'

/** Listeners against each other: names and addresses. */
export function checkListeners(config: Value, tell: Tell): void {
  const names = new Map<string, number>()
  const taken = new Map<string, string>()
  for (const [index, listener] of listenersOf(config).entries()) {
    const name = textOf(listener, 'name')
    const first = name === '' ? undefined : names.get(name)
    if (first !== undefined) {
      const message = `listener "${name}" is defined again: the first one, listeners[${first}], serves, and this one is dropped`
      const path = [...listener.path, 'name']
      tell({ code: 'duplicate-name', path, message, severity: 'warning', at: 'value' })
      continue
    }
    names.set(name, index)
    checkAddresses(listener, taken, tell)
  }
}

/** As Envoy does: the kernel shares a reused port, so that it would not say that two listeners have one address. */
function checkAddresses(listener: Item, taken: Map<string, string>, tell: Tell): void {
  const name = textOf(listener, 'name')
  const all = [listener, ...items(listener, 'additional_addresses')].map((one) =>
    field(one, 'address'),
  )
  for (const { value, path } of all) {
    const text = addressText(value)
    if (text === null) continue
    const holder = taken.get(text)
    if (holder !== undefined) {
      const message =
        `error adding listener: '${name}' has duplicate address '${text}' as existing listener, to check if the ` +
        `listener has duplicated addresses with other listeners or 'enable_reuse_port' is set to 'false' for the listener`
      const received = `${text}, which ${holder === '' ? 'an unnamed listener' : `listener "${holder}"`} has`
      tell({
        code: 'duplicate-address',
        path,
        message,
        severity: 'error',
        at: 'value',
        expected: 'an address of its own',
        received,
      })
    } else {
      taken.set(text, name)
    }
  }
}

/** A listener's first address, as messages name it. */
export function addressTextOf(listener: Item): string {
  return addressText(field(listener, 'address').value) ?? textOf(listener, 'name')
}

/** `127.0.0.1:80`, `[::1]:80`, a pipe's path; null for what cannot clash: port 0, names, UDP. */
function addressText(address: Value): string | null {
  const root = { value: address, path: [] }
  const pipe = textOf(field(root, 'pipe'), 'path')
  if (pipe !== '') return pipe
  const { address: host, port_value: port, protocol } = field(root, 'socket_address').value
  if (typeof host !== 'string' || typeof port !== 'number' || port === 0 || protocol === 'UDP') {
    return null
  }
  const ip = canonicalIp(host)
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}
