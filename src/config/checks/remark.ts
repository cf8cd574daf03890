/** Something that a later stage has to say of a place in the config; the pipeline locates it. */
export interface Remark {
  readonly code: string
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly severity: 'error' | 'warning'
  /** What to underline: the field's name or its value. */
  readonly at: 'key' | 'value'
  /** What else the remark follows from: if something there was refused, it is not made. */
  readonly restsOn?: readonly (readonly (string | number)[])[]
  /** Of `not-implemented`: nothing sensible is left without it. */
  readonly essential?: boolean
  readonly suggestion?: string
  readonly expected?: string
  readonly received?: string
}

/** A check reads the canonical config and hands on what it finds. */
export type Tell = (remark: Remark) => void
