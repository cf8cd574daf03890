import type { ReadyInfo } from '../server/server-options.ts'
import type { Style } from './terminal.ts'

/** The one line of a start that went well: how long it took, what leads where, where to look. */
export function renderReadyLine(info: ReadyInfo, style: Style): string {
  const parts = [`${style.green('ready')} in ${style.bold(`${Math.round(info.ms)} ms`)}`]
  for (const { name, address, leadsTo } of info.listeners) {
    const target = leadsTo === '' ? '' : ` ${style.dim('→')} ${leadsTo}`
    parts.push(`${name === '' ? '' : `${name} `}${style.cyan(address)}${target}`)
  }
  if (info.listeners.length === 0) parts.push('no listeners')
  if (info.adminAddress !== null) parts.push(`admin ${style.cyan(`http://${info.adminAddress}`)}`)
  return `${parts.join(style.dim(' · '))}\n`
}
