/** Numbers from 0 below a limit, handed out lowest first so that tables stay dense. */
export class Slots {
  readonly #what: string
  readonly #limit: number
  readonly #isBusy: (slot: number) => boolean
  readonly #clear: (slot: number) => void
  /** Ready to be used again, highest first. */
  #free: number[] = []
  /** Given back and known to nobody any more, but perhaps still busy. */
  #cooling: number[] = []
  #used = 0

  constructor(options: {
    readonly what: string
    readonly limit: number
    /** True while something still counts in the slot. */
    isBusy(slot: number): boolean
    clear(slot: number): void
  }) {
    this.#what = options.what
    this.#limit = options.limit
    this.#isBusy = options.isBusy
    this.#clear = options.clear
  }

  /** All slots ever handed out are below. */
  get bound(): number {
    return this.#used
  }

  /** Throws when all are in use. */
  take(): number {
    if (this.#cooling.length > 0) this.#settle()
    const free = this.#free.pop()
    if (free !== undefined) {
      this.#clear(free)
      return free
    }
    if (this.#used === this.#limit) throw new Error(`no room: all ${this.#limit} ${this.#what}`)
    return this.#used++
  }

  /** To be called once no thread knows the slot's holder any more. It is used again when it is idle, too. */
  giveBack(slot: number): void {
    this.#cooling.push(slot)
  }

  #settle(): void {
    const busy: number[] = []
    for (const slot of this.#cooling) (this.#isBusy(slot) ? busy : this.#free).push(slot)
    this.#cooling = busy
    this.#free.sort((a, b) => b - a)
  }
}
