import { addressText, ipAddress } from '../../src/network/address.ts'
import type { Host, HostData, OutlierResult } from '../../src/upstream/host.ts'

/** The data of a host at 10.0.0.<slot>:80, of weight 1 and priority 0. */
export function hostData(slot: number, fields: Partial<HostData> = {}): HostData {
  return {
    slot,
    address: ipAddress(`10.0.0.${slot}`, 80),
    additionalAddresses: [],
    hostname: '',
    priority: 0,
    weight: 1,
    locality: { region: '', zone: '', subZone: '' },
    localityWeight: 0,
    metadata: null,
    edsHealth: 'UNKNOWN',
    ...fields,
  }
}

/** A host outside any table; tests set what they need. */
export class FakeHost implements Host {
  data: HostData
  readonly slot: number
  readonly stats = new Float64Array(16)
  readonly cluster = { name: 'up', observabilityName: 'up', metadata: null }
  readonly hostname = ''
  readonly metadata = null
  flags = 0
  requests = 0
  connections = 0
  readonly results: OutlierResult[] = []
  readonly statuses: number[] = []

  constructor(slot: number, fields: Partial<HostData> = {}) {
    this.slot = slot
    this.data = hostData(slot, fields)
  }

  get address() {
    return this.data.address
  }

  get addressText() {
    return addressText(this.data.address)
  }

  get weight() {
    return this.data.weight
  }

  get priority() {
    return this.data.priority
  }

  healthFlags() {
    return this.flags
  }

  activeRequests() {
    return this.requests
  }

  addActiveRequests(n: number) {
    this.requests += n
  }

  activeConnections() {
    return this.connections
  }

  addActiveConnections(n: number) {
    this.connections += n
  }

  putResult(result: OutlierResult) {
    this.results.push(result)
  }

  putHttpStatus(status: number) {
    this.statuses.push(status)
  }
}

export function fakeHosts(...weights: number[]): FakeHost[] {
  return weights.map((weight, index) => new FakeHost(index + 1, { weight }))
}
