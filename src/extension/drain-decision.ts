/** Asked by filters that can end a connection gracefully: is it time? */
export interface DrainDecision {
  /** True when this connection should go now. Gradual draining makes the answer random, so ask once per event. */
  drainClose(): boolean
}
