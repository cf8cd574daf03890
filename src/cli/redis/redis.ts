import { formatAddress } from '../address-text.ts'
import { command } from '../command.ts'
import { flagWarnings, toServerOptions } from '../options.ts'
import { renderReadyLine } from '../ready-line.ts'
import { serveOptions } from '../serve.ts'
import type { Style } from '../terminal.ts'
import { redisConfig } from './redis-config.ts'
import { type RedisOptions, readRedisOptions } from './redis-options.ts'

export const redisCommand = command('redis', (input) => {
  const { args, terminal, environment } = input
  const options = readRedisOptions(args)
  const config = redisConfig(options)
  if (args.has('print-config')) {
    terminal.out(config)
    return 0
  }
  for (const warning of flagWarnings(args)) terminal.talk.warn(warning)
  const serverOptions = { ...toServerOptions(args, environment), configYaml: config }
  return serveOptions(serverOptions, input, (info) => {
    const listeners = info.listeners.map((one) => ({ ...one, leadsTo: leadsTo(options) }))
    return (
      renderReadyLine({ ...info, listeners }, terminal.errStyle) + hint(options, terminal.errStyle)
    )
  })
})

/** Beyond so many hosts the ready line counts them. */
const MAX_NAMED = 4

function leadsTo({ targets, isCluster }: RedisOptions): string {
  const names = targets.map(({ address }) => formatAddress(address))
  const list = names.length > MAX_NAMED ? `${names.length} hosts` : names.join(', ')
  return isCluster ? `cluster of ${list}` : list
}

function hint({ listen, password, username }: RedisOptions, style: Style): string {
  const place = listen.kind === 'pipe' ? `-s ${listen.path}` : `-h ${listen.host} -p ${listen.port}`
  const user = username === '' ? '' : ` --user ${username}`
  const ask = password === '' ? '' : `${user} --askpass`
  return listen.kind === 'socket' && listen.port === 0
    ? ''
    : `${style.dim(`try redis-cli ${place}${ask}`)}\n`
}
