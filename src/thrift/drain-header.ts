/** Says that its sender wants to go: to a client of ours, or from a server. */
export const DRAIN_HEADER = ':drain'
