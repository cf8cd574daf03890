import { BinaryEncoder } from './binary-encoder.ts'
import type { MessageMetadata } from './message.ts'
import { twitterHeaderOf } from './twitter-header.ts'
import { playValue } from './value-events.ts'

/** Writes Twitter's protocol: binary, with a header before each message after the upgrade. */
export class TwitterEncoder extends BinaryEncoder {
  protected override writeMessageBegin(metadata: MessageMetadata): void {
    if (this.isUpgraded && !metadata.isProtocolUpgrade) playValue(twitterHeaderOf(metadata), this)
    super.writeMessageBegin(metadata)
  }
}
