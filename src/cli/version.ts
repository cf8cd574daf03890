import { BUILD_VERSION } from '../build-info.ts'
import { command } from './command.ts'

/** The line of `--version`, in Envoy's shape. */
export const VERSION_LINE = `tsproxy  version: ${BUILD_VERSION}\n`

export const versionCommand = command('version', ({ terminal }) => {
  terminal.out(VERSION_LINE)
  return 0
})
