import type { LineEntry, ReplyLine } from './reply-line.ts'

/** The acks to one command of the subscribe family, in its place in the line: as many frames as it had names. */
export class AckEntry implements LineEntry {
  nextInLine: LineEntry | null = null
  readonly #line: ReplyLine
  #frames: Uint8Array[] = []
  #missing = 0
  #isSealed = false

  constructor(line: ReplyLine) {
    this.#line = line
    line.add(this)
  }

  /** One more host-side answer is on its way. */
  expect(): void {
    this.#missing++
  }

  arrived(): void {
    this.#missing--
  }

  put(frame: Uint8Array): void {
    this.#frames.push(frame)
  }

  /** Every name has been asked for. */
  seal(): void {
    this.#isSealed = true
    this.settle()
  }

  /** Leaves the line when all is there. */
  settle(): void {
    if (!this.#line.isHead(this) || !this.onTurn(this.#line)) return
    this.#line.leave()
  }

  onTurn(line: ReplyLine): boolean {
    for (const frame of this.#frames) line.put(frame, 0, frame.length)
    this.#frames = []
    return this.#isSealed && this.#missing === 0
  }

  onLeave(): void {}
}
