import { command } from '../command.ts'
import type { Style, Terminal } from '../terminal.ts'
import { demoConfig } from './demo-config.ts'
import type { DemoAnswer, DemoLine, DemoService } from './demo-service.ts'
import { startDemoServices } from './demo-services.ts'
import { ownCommand, type ProxyProcess, startProxy } from './proxy-process.ts'

const CONCURRENCY = 2

export const demoCommand = command('demo', ({ args, terminal }) => {
  return runDemo(ownCommand(), args.has('once'), terminal)
})

/** Servers up, proxy before them, a request through each; then it stays, or with `once` says how it went. */
export async function runDemo(
  proxyCommand: readonly string[],
  once: boolean,
  terminal: Terminal,
): Promise<number> {
  const services = startDemoServices()
  try {
    const proxy = await startProxy(proxyCommand, demoConfig(services), CONCURRENCY)
    try {
      const allRight = await showRequests(services, proxy, terminal)
      if (once) return allRight ? 0 : 1
      showWhatNext(services, await listenerPorts(proxy), proxy, terminal)
      return await untilStopped(proxy)
    } finally {
      await proxy.stop()
    }
  } catch (error) {
    terminal.talk.error((error as Error).message)
    return 1
  } finally {
    for (const service of services) service.stop()
  }
}

async function showRequests(
  services: readonly DemoService[],
  proxy: ProxyProcess,
  { out, style }: Terminal,
): Promise<boolean> {
  const ports = await listenerPorts(proxy)
  out(`\n${style.bold('tsproxy demo')}  ${services.length} embedded servers, one proxy with `)
  out(`${CONCURRENCY} workers before them, ready in ${Math.round(proxy.startMs)} ms\n\n`)
  let allRight = true
  for (const service of services) {
    const port = ports.get(service.name) ?? 0
    const startMs = performance.now()
    const { isRight, text, lines } = await ask(service, port)
    const ms = (performance.now() - startMs).toFixed(1)
    allRight &&= isRight
    const mark = isRight ? style.green('✔') : style.red('✘')
    const way = `127.0.0.1:${port} ${style.dim('→')} ${places(service)}`
    out(
      `  ${mark} ${style.bold(service.name.padEnd(7))} ${way}  ${text}  ${style.dim(`${ms} ms`)}\n`,
    )
    out(renderLines(lines, style))
  }
  out(`\n  ${style.dim('counted')}  ${await summary(services, proxy)}\n`)
  return allRight
}

function places({ ports }: DemoService): string {
  return ports.map((port) => `127.0.0.1:${port}`).join(', ')
}

/** Below its service, in columns. */
function renderLines(lines: readonly DemoLine[], style: Style): string {
  const width = (column: 'request' | 'answer') =>
    Math.max(0, ...lines.map((line) => line[column].length))
  const texts = lines.map(({ request, answer, remark }) => {
    const asked = request.padEnd(width('request'))
    const got = style.green(answer.padEnd(width('answer')))
    return `            ${asked}  ${got}  ${style.dim(remark)}`.trimEnd()
  })
  return texts.map((text) => `${text}\n`).join('')
}

async function ask(
  service: DemoService,
  port: number,
): Promise<DemoAnswer & { readonly isRight: boolean }> {
  try {
    return { isRight: true, ...(await service.ask(port)) }
  } catch (error) {
    return { isRight: false, text: `failed: ${(error as Error).message}`, lines: [] }
  }
}

/** From the proxy's own stats, so that it is shown to be the proxy that carried the bytes. */
async function summary(services: readonly DemoService[], proxy: ProxyProcess): Promise<string> {
  const response = await fetch(
    `http://${proxy.adminAddress}/stats?filter=^(tcp|redis|thrift)\\.&format=json`,
  )
  const { stats } = (await response.json()) as { stats: { name: string; value: number }[] }
  const sum = (stat: string) => {
    const names = services.map(({ name, protocol }) => `${protocol}.${name}.${stat}`)
    return stats.reduce((total, { name, value }) => total + (names.includes(name) ? value : 0), 0)
  }
  const connections = sum('downstream_cx_total')
  const received = sum('downstream_cx_rx_bytes_total')
  const sent = sum('downstream_cx_tx_bytes_total')
  const calls = sum('request_call')
  return `${connections} connections, ${received} bytes in, ${sent} bytes out; ${calls} thrift calls`
}

function showWhatNext(
  services: readonly DemoService[],
  ports: ReadonlyMap<string, number>,
  proxy: ProxyProcess,
  { out, style }: Terminal,
): void {
  out(`\n  ${style.dim('admin')}    ${style.cyan(`http://${proxy.adminAddress}`)}\n`)
  for (const { name, hint } of services) {
    out(`  ${style.dim('try')}      ${hint(ports.get(name) ?? 0)}\n`)
  }
  const admin = `--admin ${proxy.adminAddress}`
  out(`  ${style.dim('see')}      tsproxy tap redis ${admin}, tsproxy tap thrift ${admin}\n`)
  out(`  ${style.dim('why')}      tsproxy explain --redis "MGET apple pear" ${admin}\n`)
  out(`\n  Ctrl-C stops it. Your own: ${style.bold('tsproxy init redis > proxy.yaml')}\n\n`)
}

/** Listener name → port, as the proxy bound it. */
async function listenerPorts(proxy: ProxyProcess): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://${proxy.adminAddress}/listeners`)).text()
  const ports = new Map<string, number>()
  for (const line of text.split('\n')) {
    const match = /^(.*)::127\.0\.0\.1:(\d+)$/.exec(line)
    if (match !== null) ports.set(match[1]!, Number(match[2]))
  }
  return ports
}

/** 0 after SIGINT or SIGTERM, which from a terminal reach the proxy too; else the proxy's own status. */
async function untilStopped(proxy: ProxyProcess): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const onSignal = () => resolve(0)
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  return Promise.race([promise, proxy.exited])
}
