import { expect, test } from 'bun:test'
import { ProtocolType, TransportType } from '../../src/codec/thrift/types.ts'
import { clusterWire, upstreamWire } from '../../src/thrift/protocol-options.ts'

const options = (transport: string, protocol: string) => ({
  'envoy.filters.network.thrift_proxy': { transport, protocol },
})
const compact = { transport: TransportType.Header, protocol: ProtocolType.Compact }
const lax = { transport: TransportType.Framed, protocol: ProtocolType.LaxBinary }

test('a cluster that says nothing is spoken to as its client speaks, strictly', () => {
  const wire = clusterWire({}, null)
  expect(upstreamWire(wire, compact)).toEqual(compact)
  expect(upstreamWire(wire, lax)).toEqual({ ...lax, protocol: ProtocolType.Binary })
})

test('a cluster may fix the one and leave the other', () => {
  const framed = clusterWire(options('FRAMED', 'AUTO_PROTOCOL'), null)
  expect(upstreamWire(framed, compact)).toEqual({ ...compact, transport: TransportType.Framed })
  const binary = clusterWire(options('AUTO_TRANSPORT', 'LAX_BINARY'), null)
  expect(upstreamWire(binary, compact)).toEqual({ ...compact, protocol: ProtocolType.LaxBinary })
})

test('JSON of the metadata goes before what Envoy’s options say', () => {
  const wire = clusterWire(options('FRAMED', 'BINARY'), { 'tsproxy.thrift': { protocol: 'JSON' } })
  expect(wire).toEqual({ transport: TransportType.Framed, protocol: ProtocolType.Json })
})
