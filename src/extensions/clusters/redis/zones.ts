import { type RespValue, textOf } from '../../../codec/resp/value.ts'
import { type Address, addressText } from '../../../network/address.ts'
import type { RedisControlClient } from '../../../redis/control-client.ts'

/** The availability zones of nodes, by address. A node that does not tell keeps what it told before. */
export class Zones {
  readonly #zones = new Map<string, string>()

  of(address: Address): string {
    return this.#zones.get(addressText(address)) ?? ''
  }

  /** Asks them all, then calls back, whatever they answered. */
  discover(
    addresses: readonly Address[],
    clientOf: (address: Address) => RedisControlClient,
    onDone: () => void,
  ): void {
    let waiting = addresses.length
    const done = () => {
      if (--waiting === 0) onDone()
    }
    for (const address of addresses) {
      clientOf(address).request(['INFO'], {
        onReply: (reply) => {
          const zone = zoneIn(reply)
          if (zone !== '') this.#zones.set(addressText(address), zone)
          done()
        },
        onFailure: done,
      })
    }
  }
}

function zoneIn(reply: RespValue): string {
  return /^availability_zone:(.*)$/m.exec(textOf(reply))?.[1]?.trim() ?? ''
}
