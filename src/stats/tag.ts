/** A label of a stat: `envoy.cluster_name` = `up`. */
export interface StatTag {
  readonly name: string
  readonly value: string
}
