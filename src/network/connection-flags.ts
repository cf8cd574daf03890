const HALF_CLOSE = 1 << 0
const READ_BUFFER_PAUSED = 1 << 1
const READ_ENDED = 1 << 2
const WRITE_ENDED = 1 << 3
const WRITE_SHUT = 1 << 4
const CLOSE_AFTER_SHUT = 1 << 5
const ENDED_BY_PEER = 1 << 6
const BACKLOG_END = 1 << 7
const TURN_SCHEDULED = 1 << 8
const LENDS_READS = 1 << 9
const WRITE_FAILED = 1 << 10
const IN_BULK = 1 << 11
const REMOTE_RESET = 1 << 12
const ABOVE_HIGH_WATERMARK = 1 << 13
const DIAL_SETTLED = 1 << 14
const BIND_FAILED = 1 << 15

/** The booleans of a connection in one field: an idle connection is mostly its fields. */
export class ConnectionFlags {
  #flags = 0

  protected get halfClose(): boolean {
    return (this.#flags & HALF_CLOSE) !== 0
  }

  protected set halfClose(on: boolean) {
    this.#flags = on ? this.#flags | HALF_CLOSE : this.#flags & ~HALF_CLOSE
  }

  protected get readBufferPaused(): boolean {
    return (this.#flags & READ_BUFFER_PAUSED) !== 0
  }

  protected set readBufferPaused(on: boolean) {
    this.#flags = on ? this.#flags | READ_BUFFER_PAUSED : this.#flags & ~READ_BUFFER_PAUSED
  }

  /** The peer's FIN has come. */
  protected get readEnded(): boolean {
    return (this.#flags & READ_ENDED) !== 0
  }

  protected set readEnded(on: boolean) {
    this.#flags = on ? this.#flags | READ_ENDED : this.#flags & ~READ_ENDED
  }

  /** Our FIN is asked for; what is queued goes before it. */
  protected get writeEnded(): boolean {
    return (this.#flags & WRITE_ENDED) !== 0
  }

  protected set writeEnded(on: boolean) {
    this.#flags = on ? this.#flags | WRITE_ENDED : this.#flags & ~WRITE_ENDED
  }

  /** Our FIN is sent. */
  protected get writeShut(): boolean {
    return (this.#flags & WRITE_SHUT) !== 0
  }

  protected set writeShut(on: boolean) {
    this.#flags = on ? this.#flags | WRITE_SHUT : this.#flags & ~WRITE_SHUT
  }

  protected get closeAfterShut(): boolean {
    return (this.#flags & CLOSE_AFTER_SHUT) !== 0
  }

  protected set closeAfterShut(on: boolean) {
    this.#flags = on ? this.#flags | CLOSE_AFTER_SHUT : this.#flags & ~CLOSE_AFTER_SHUT
  }

  /** The peer's FIN has ended the connection: whatever we close while its news goes round, it was the peer. */
  protected get endedByPeer(): boolean {
    return (this.#flags & ENDED_BY_PEER) !== 0
  }

  protected set endedByPeer(on: boolean) {
    this.#flags = on ? this.#flags | ENDED_BY_PEER : this.#flags & ~ENDED_BY_PEER
  }

  protected get backlogEnd(): boolean {
    return (this.#flags & BACKLOG_END) !== 0
  }

  protected set backlogEnd(on: boolean) {
    this.#flags = on ? this.#flags | BACKLOG_END : this.#flags & ~BACKLOG_END
  }

  protected get turnScheduled(): boolean {
    return (this.#flags & TURN_SCHEDULED) !== 0
  }

  protected set turnScheduled(on: boolean) {
    this.#flags = on ? this.#flags | TURN_SCHEDULED : this.#flags & ~TURN_SCHEDULED
  }
  /** Big reads may come in the thread's one buffer. */
  protected get lendsReads(): boolean {
    return (this.#flags & LENDS_READS) !== 0
  }

  protected set lendsReads(on: boolean) {
    this.#flags = on ? this.#flags | LENDS_READS : this.#flags & ~LENDS_READS
  }
  /** A write found that the peer has reset: the error is gone from the socket, and Bun will take it for a clean end. */
  protected get writeFailed(): boolean {
    return (this.#flags & WRITE_FAILED) !== 0
  }

  protected set writeFailed(on: boolean) {
    this.#flags = on ? this.#flags | WRITE_FAILED : this.#flags & ~WRITE_FAILED
  }
  /** The kernel may hold more of what a big read began. */
  protected get inBulk(): boolean {
    return (this.#flags & IN_BULK) !== 0
  }

  protected set inBulk(on: boolean) {
    this.#flags = on ? this.#flags | IN_BULK : this.#flags & ~IN_BULK
  }
  /** The peer ended with RST. */
  get remoteReset(): boolean {
    return (this.#flags & REMOTE_RESET) !== 0
  }

  set remoteReset(on: boolean) {
    this.#flags = on ? this.#flags | REMOTE_RESET : this.#flags & ~REMOTE_RESET
  }

  /** More waits to be written than the watermark. */
  get aboveHighWatermark(): boolean {
    return (this.#flags & ABOVE_HIGH_WATERMARK) !== 0
  }

  set aboveHighWatermark(on: boolean) {
    this.#flags = on ? this.#flags | ABOVE_HIGH_WATERMARK : this.#flags & ~ABOVE_HIGH_WATERMARK
  }

  /** Of one that we dial: its connect has ended, one way or the other. */
  protected get dialSettled(): boolean {
    return (this.#flags & DIAL_SETTLED) !== 0
  }

  protected set dialSettled(on: boolean) {
    this.#flags = on ? this.#flags | DIAL_SETTLED : this.#flags & ~DIAL_SETTLED
  }

  /** Of one that we dial: binding the source address failed. Envoy counts that apart. */
  get bindFailed(): boolean {
    return (this.#flags & BIND_FAILED) !== 0
  }

  set bindFailed(on: boolean) {
    this.#flags = on ? this.#flags | BIND_FAILED : this.#flags & ~BIND_FAILED
  }
}
