import { type Address, addressText } from '../network/address.ts'
import type { ClusterDescription } from '../network/stream-info.ts'
import type { Host, HostData } from '../upstream/host.ts'

/** Places in a host's row of numbers: more than `HostStat` has. */
const NUMBERS = 32

/** A host that a redirect named and no cluster knows: nobody chooses it, and its numbers are shown nowhere. */
export class UnknownHost implements Host {
  readonly data: HostData
  readonly slot = -1
  readonly weight = 1
  readonly priority = 0
  readonly hostname = ''
  readonly metadata = null
  readonly cluster: ClusterDescription
  readonly address: Address
  readonly addressText: string
  readonly stats = new Float64Array(NUMBERS)
  #requests = 0
  #connections = 0

  constructor(address: Address, cluster: ClusterDescription) {
    this.address = address
    this.addressText = addressText(address)
    this.cluster = cluster
    this.data = {
      slot: -1,
      address,
      additionalAddresses: [],
      hostname: '',
      priority: 0,
      weight: 1,
      locality: { region: '', zone: '', subZone: '' },
      localityWeight: 0,
      metadata: null,
      edsHealth: 'UNKNOWN',
    }
  }

  healthFlags(): number {
    return 0
  }

  activeRequests(): number {
    return this.#requests
  }

  addActiveRequests(n: number): void {
    this.#requests += n
  }

  activeConnections(): number {
    return this.#connections
  }

  addActiveConnections(n: number): void {
    this.#connections += n
  }

  putResult(): void {}
  putHttpStatus(): void {}
}
