/** What a host did in the last interval. */
export interface HostVolume {
  readonly slot: number
  readonly total: number
  readonly success: number
}

export interface SuccessRateSettings {
  readonly minimumHosts: number
  readonly requestVolume: number
  /** Standard deviations below the mean. */
  readonly stdevFactor: number
}

export interface SuccessRates {
  /** Percent, by slot, of hosts with enough requests. */
  readonly bySlot: ReadonlyMap<number, number>
  /** Over those hosts; -1 when there are too few of them. */
  readonly average: number
  /** A host whose rate is below is an outlier; -1 when there are too few hosts. */
  readonly threshold: number
}

export function successRates(
  hosts: readonly HostVolume[],
  settings: SuccessRateSettings,
): SuccessRates {
  const enough = hosts.filter(({ total }) => total > 0 && total >= settings.requestVolume)
  const bySlot = new Map(enough.map(({ slot, total, success }) => [slot, (success * 100) / total]))
  const rates = [...bySlot.values()]
  if (rates.length === 0 || rates.length < settings.minimumHosts) {
    return { bySlot, average: -1, threshold: -1 }
  }
  const average = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
  const variance = rates.reduce((sum, rate) => sum + (rate - average) ** 2, 0) / rates.length
  return { bySlot, average, threshold: average - settings.stdevFactor * Math.sqrt(variance) }
}
