import { canonicalIp } from '../schema/address.ts'
import {
  field,
  filterChainsOf,
  has,
  type Item,
  items,
  listenersOf,
  textOf,
  type Value,
} from './canonical.ts'
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
    checkChains(listener, tell)
    checkAddresses(listener, taken, tell)
  }
}

function checkChains(listener: Item, tell: Tell): void {
  const isTcp = !['udp_listener_config', 'api_listener', 'internal_listener'].some((kind) =>
    has(listener, kind),
  )
  const { protocol } = field(field(listener, 'address'), 'socket_address').value
  if (!isTcp || protocol === 'UDP' || filterChainsOf(listener).length > 0) return
  const path = [...listener.path, 'filter_chains']
  const message = `error adding listener '${addressTextOf(listener)}': no filter chains specified`
  tell({ code: 'missing-required', path, message, severity: 'error', at: 'key' })
}

/** As Envoy does: the kernel shares a reused port, so that it would not say that two listeners have one address. */
function checkAddresses(listener: Item, taken: Map<string, string>, tell: Tell): void {
  const name = textOf(listener, 'name')
  const all = [listener, ...items(listener, 'additional_addresses')].map((one) =>
    field(one, 'address'),
  )
  for (const { value, path } of all) {
    if (!canClash(value)) continue
    const text = addressText(value)
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
  return addressText(field(listener, 'address').value)
}

/** `127.0.0.1:80`, `[::1]:80`, a pipe's path. */
function addressText(address: Value): string {
  const root = { value: address, path: [] }
  const pipe = textOf(field(root, 'pipe'), 'path')
  if (pipe !== '') return pipe
  const socket = field(root, 'socket_address')
  const { port_value: port = 0 } = socket.value
  const ip = canonicalIp(textOf(socket, 'address'))
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

/** Port 0 is any free port, and UDP has ports of its own. */
function canClash(address: Value): boolean {
  const root = { value: address, path: [] }
  if (textOf(field(root, 'pipe'), 'path') !== '') return true
  const { port_value: port, protocol } = field(root, 'socket_address').value
  return typeof port === 'number' && port !== 0 && protocol !== 'UDP'
}
