/** Takes what a server sends on its own: messages of channels, what MONITOR sees. */
export interface UnaskedSink {
  /** bytes[start] up to bytes[end] belong to one frame, which they end if `isWhole`. */
  onUnasked(bytes: Uint8Array, start: number, end: number, isWhole: boolean): void
  onSinkClosed(): void
}
