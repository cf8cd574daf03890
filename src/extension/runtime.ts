/** The runtime keys, as the thread sees them now. Layers are folded on main: `server/runtime.ts`. */
export interface Runtime {
  /** Draws lots: true in `default` percent of calls, or in what the key says (integer percent or FractionalPercent). */
  featureEnabled(key: string, defaultPercent: number): boolean
  integer(key: string, fallback: number): number
  boolean(key: string, fallback: boolean): boolean
}
