import { existsSync } from 'node:fs'

const CANDIDATES = ['proxy.yaml', 'tsproxy.yaml', 'envoy.yaml'] as const

/** The config that is taken when the command line names none; null when the folder has none. */
export function findConfig(): string | null {
  return CANDIDATES.find((file) => existsSync(file)) ?? null
}

export const NO_CONFIG = `there is no config: name one with -c FILE, or put ${CANDIDATES.join(', ')} in this folder
  'tsproxy init' prints a starter, 'tsproxy demo' needs none`
