import type { InferOutput } from 'valibot'
import { ipSocketAddress } from './address.ts'
import { message } from './message.ts'
import { convert, INVALID, type Schema } from './schema.ts'
import { bool, enumOf, ignored, list, number, orNull, text } from './values.ts'

/** `core.v3.SocketOption`. */
export interface SocketOption {
  readonly level: number
  readonly name: number
  /** An int, or bytes in base64. */
  readonly value: number | { readonly base64: string }
  /** When it is set: before bind, after bind, after listen. Connections that go out take `STATE_PREBIND` only. */
  readonly state: 'STATE_PREBIND' | 'STATE_BOUND' | 'STATE_LISTENING'
}

export function socketOption(): Schema<SocketOption> {
  const option = message('envoy.config.core.v3.SocketOption', {
    description: ignored(),
    level: number(),
    name: number(),
    intValue: orNull(number()),
    bufValue: orNull(text()),
    state: enumOf(['STATE_PREBIND', 'STATE_BOUND', 'STATE_LISTENING']),
  })
  return convert(option, ({ level, name, intValue, bufValue, state }, problems, input) => {
    if (intValue !== null) return { level, name, value: intValue, state }
    if (bufValue !== null) return { level, name, value: { base64: bufValue }, state }
    problems.add('missing-required', [], 'expected "int_value" or "buf_value"', input)
    return INVALID
  })
}

/** `core.v3.TcpKeepalive`: its presence turns SO_KEEPALIVE on; null leaves the system's value. */
export type TcpKeepalive = InferOutput<ReturnType<typeof tcpKeepalive>>

export function tcpKeepalive() {
  return message('envoy.config.core.v3.TcpKeepalive', {
    keepaliveProbes: orNull(number()),
    /** Seconds of silence before the first probe. */
    keepaliveTime: orNull(number()),
    /** Seconds between probes. */
    keepaliveInterval: orNull(number()),
  })
}

/** `core.v3.BindConfig`: where connections to the upstream come from. */
export type BindConfig = InferOutput<ReturnType<typeof bindConfig>>

export function bindConfig() {
  return convert(rawBindConfig(), (value, problems) => {
    if (value.sourceAddress === null && value.extraSourceAddresses.length > 0) {
      const message = 'Extra/additional addresses cannot be specified if source_address is not set.'
      problems.add('rule-violated', ['extra_source_addresses'], message, undefined)
    }
    return value
  })
}

function rawBindConfig() {
  return message('envoy.config.core.v3.BindConfig', {
    sourceAddress: orNull(ipSocketAddress()),
    /** Tried when the family of `sourceAddress` is not the destination's. */
    extraSourceAddresses: list(extraSourceAddress()),
    freebind: orNull(bool()),
    socketOptions: list(socketOption()),
  })
}

function extraSourceAddress() {
  return message('envoy.config.core.v3.ExtraSourceAddress', {
    address: ipSocketAddress(),
    socketOptions: orNull(socketOptionsOverride()),
  })
}

/** `core.v3.SocketOptionsOverride`: replaces the options of the level above, also when empty. */
export function socketOptionsOverride(): Schema<readonly SocketOption[]> {
  const override = message('envoy.config.core.v3.SocketOptionsOverride', {
    socketOptions: list(socketOption()),
  })
  return convert(override, ({ socketOptions }) => socketOptions)
}
