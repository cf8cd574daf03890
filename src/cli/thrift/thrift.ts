import { command } from '../command.ts'
import { flagWarnings, toServerOptions } from '../options.ts'
import { renderReadyLine } from '../ready-line.ts'
import { serveOptions } from '../serve.ts'
import { thriftConfig } from './thrift-config.ts'
import { hostsText, readThriftOptions } from './thrift-options.ts'

export const thriftCommand = command('thrift', (input) => {
  const { args, terminal, environment } = input
  const options = readThriftOptions(args)
  const config = thriftConfig(options)
  if (args.has('print-config')) {
    terminal.out(config)
    return 0
  }
  for (const warning of flagWarnings(args)) terminal.talk.warn(warning)
  const serverOptions = { ...toServerOptions(args, environment), configYaml: config }
  return serveOptions(serverOptions, input, (info) => {
    const leadsTo = hostsText(options.hosts)
    const listeners = info.listeners.map((one) => ({ ...one, leadsTo }))
    return renderReadyLine({ ...info, listeners }, terminal.errStyle)
  })
})
