import { ipAddress } from '../../src/network/address.ts'
import { type HostDescription, StreamInfo } from '../../src/network/stream-info.ts'

/** The `m` namespace that listener, cluster and host had when the vectors were taken. */
export const METADATA = {
  m: {
    a: 1,
    b: [true, null, 'x'],
    s: 'é"q\\',
    big: 1e21,
    f: 0.1,
    i: 123456789,
    neg: -5,
    e: 1e-7,
    o: { z: 1, a: 'y' },
    zero: 0,
    empty: '',
    t: false,
  },
}

/** 2026-11-21T01:22:08.100825Z. */
export const START_MS = 1795224128100.825

export const time = { now: () => START_MS, monotonic: () => 1000 }

export const host: HostDescription = {
  address: ipAddress('127.0.0.1', 10001),
  addressText: '127.0.0.1:10001',
  hostname: '',
  metadata: METADATA,
  cluster: { name: 'x', observabilityName: 'other', metadata: METADATA },
}

/** A connection that tcp_proxy took to a host: 7 bytes there, 4 back, both ends closed as they should. */
export function connection(): StreamInfo {
  const info = new StreamInfo(START_MS, 1000, 2)
  info.bytesReceived = 7
  info.bytesSent = 4
  info.wireBytesReceived = info.wireBytesSent = -1
  info.localAddress = info.directLocalAddress = ipAddress('127.0.0.1', 10000)
  info.remoteAddress = info.directRemoteAddress = ipAddress('127.0.0.1', 10002)
  info.listenerName = 'l'
  info.filterChainName = 'fc'
  info.listenerMetadata = METADATA
  info.upstreamCluster = host.cluster
  info.streamId = ''
  const upstream = info.upstreamInfo()
  upstream.host = host
  upstream.localAddress = ipAddress('127.0.0.1', 10003)
  upstream.remoteAddress = host.address
  upstream.connectionId = 3
  upstream.attemptCount = 1
  upstream.poolReadyMs = 0.4
  upstream.connectStartMonotonicMs = 1000.1
  upstream.connectEndMonotonicMs = 1000.135442
  upstream.wireBytesSent = 7
  upstream.wireBytesReceived = 4
  return info
}
