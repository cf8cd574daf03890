import { fromByteText } from '../../../../codec/thrift/byte-text.ts'
import { MessageMetadata } from '../../../../codec/thrift/message.ts'
import { compileHeaderMatchers } from '../../../../config/header-matcher.ts'
import type {
  ExplainContext,
  ExplainedCluster,
  ExplainedMirror,
  ExplainedPart,
  Explanation,
} from '../../../../extension/explanation.ts'
import { valueText } from '../../../../logging/value-text.ts'
import { callPolicy, isIdempotent, RetryOn } from '../../../../thrift/call-policy.ts'
import { metadataHeaders } from '../../../../thrift/metadata-headers.ts'
import type { Route, RouteMatch } from './route-schema.ts'
import { nameMatcher } from './route-table.ts'
import type { ThriftProxy } from './schema.ts'

/** What the filter would do with a call, and why. `words`: the method, then headers as `name=value`. */
export function explainThrift(
  config: ThriftProxy,
  words: readonly Uint8Array[],
  context: ExplainContext,
): Explanation {
  const call = readCall(words)
  const method = fromByteText(call.methodName)
  const request = words.map((word) => valueText(word, 0, word.length, word.length)).join(' ')
  const passedOver: { route: string; why: string }[] = []
  for (const route of config.routeConfig.routes) {
    const why = whyNot(route, call)
    if (why === null) {
      return { request, ...explainRoute(route, call, passedOver, context) }
    }
    passedOver.push({ route: routeName(route.match), why })
  }
  const part = { ...NOWHERE, sends: 'nothing', passedOver, how: 'no route takes the call' }
  const reply = `UnknownMethod: no route for method '${method}'`
  return { request, summary: 'refused', outcome: 'refused', reply, parts: [part], notes: [] }
}

function readCall(words: readonly Uint8Array[]): MessageMetadata {
  const call = new MessageMetadata()
  const [method = new Uint8Array(0), ...headers] = words.map((word) =>
    Buffer.from(word).toString('latin1'),
  )
  call.methodName = String(method)
  call.hasMethodName = true
  for (const header of headers) {
    const equals = header.indexOf('=')
    const end = equals < 0 ? header.length : equals
    call.headers.add(header.slice(0, end).toLowerCase(), header.slice(end + 1))
  }
  return call
}

/** Null: it takes the call. Headers are looked at first, as Envoy does. */
function whyNot({ match, route }: Route, call: MessageMetadata): string | null {
  const headers = metadataHeaders(call)
  for (const matcher of match.headers) {
    if (compileHeaderMatchers([matcher])!(headers)) continue
    const values = headers.values(matcher.name.toLowerCase())
    return values.length === 0
      ? `the call has no header "${matcher.name}"`
      : `its header "${matcher.name}" does not match: ${values.map((one) => JSON.stringify(one)).join(', ')}`
  }
  if (!nameMatcher(match)(call.methodName)) return nameWhy(match, match.invert)
  const { target } = route
  if (target.kind === 'header' && !(call.hasHeaders && call.headers.get(target.name) !== null)) {
    return `the call has no header "${target.name}", which names the cluster`
  }
  return null
}

/** What is so of the method. */
function nameWhy({ kind, name }: RouteMatch, isIt: boolean): string {
  const is = isIt ? 'is' : 'is not'
  return kind === 'method' ? `the method ${is} "${name}"` : `the service ${is} "${name}"`
}

function routeName({ kind, name, invert }: RouteMatch): string {
  if (name === '') return 'every method'
  return `${invert ? 'not ' : ''}${kind} "${name}"`
}

const NOWHERE = {
  key: null,
  sentKey: null,
  route: null,
  cluster: null,
  hash: null,
  hosts: [],
  mirrors: [],
} as const

function explainRoute(
  route: Route,
  call: MessageMetadata,
  passedOver: ExplainedPart['passedOver'],
  context: ExplainContext,
): Omit<Explanation, 'request'> {
  const { match } = route
  const whys = [match.name === '' ? 'it takes every method' : nameWhy(match, !match.invert)]
  if (match.headers.length > 0) whys.push('its headers match')
  const taken = { name: routeName(match), why: whys.join(', ') }
  const mirrors = mirrorsOf(route, context)
  const clusters = clustersOf(route, call)
  const parts = clusters.map(({ name, percent }) => {
    const sends = percent === 100 ? 'the whole call' : `${percent} % of the calls`
    const to = hostsOf(name, context)
    return { ...NOWHERE, sends, route: taken, passedOver, cluster: name, ...to, mirrors }
  })
  const notes = notesOf(route, call)
  const [first] = parts
  if (parts.length > 1) {
    const summary = `forwarded to one of ${parts.length} clusters, by their weights`
    return { summary, outcome: 'forwarded', reply: null, parts, notes }
  }
  const name = first!.cluster
  const found = context.cluster(name)
  const isKnown = found === null || found.cluster !== null
  if (first!.hosts.length === 0 && isKnown) {
    const why = found === null ? `unknown cluster '${name}'` : `no healthy upstream for '${name}'`
    const reply = `InternalError: ${why}`
    return { summary: 'refused', outcome: 'refused', reply, parts, notes }
  }
  const target = first!.hosts.length === 1 ? first!.hosts[0] : `a host of ${name}`
  return { summary: `forwarded to ${target}`, outcome: 'forwarded', reply: null, parts, notes }
}

function clustersOf({ route }: Route, call: MessageMetadata): { name: string; percent: number }[] {
  const { target } = route
  if (target.kind === 'cluster') return [{ name: target.name, percent: 100 }]
  if (target.kind === 'header') {
    return [{ name: fromByteText(call.headers.get(target.name)!), percent: 100 }]
  }
  const total = target.clusters.reduce((sum, { weight }) => sum + weight, 0)
  return target.clusters.map(({ name, weight }) => ({
    name,
    percent: Math.round((weight / total) * 1000) / 10,
  }))
}

function hostsOf(name: string, context: ExplainContext): Pick<ExplainedPart, 'hosts' | 'how'> {
  const found = context.cluster(name)
  const hosts = allHosts(found)
  if (hosts.length > 0) {
    const policy = found!.policy.slice(found!.policy.lastIndexOf('.') + 1).toUpperCase()
    return { hosts, how: hosts.length === 1 ? 'the only host' : `one of them, by ${policy}` }
  }
  if (found === null) return { hosts, how: `cluster "${name}" is not defined` }
  return {
    hosts,
    how:
      found.cluster === null
        ? 'only a running proxy knows its hosts (--admin)'
        : `cluster "${name}" has no host now`,
  }
}

function allHosts(found: ExplainedCluster | null): string[] {
  const hosts = found?.cluster?.hosts() ?? []
  return [...hosts].map((host) => host.addressText)
}

function mirrorsOf({ route }: Route, context: ExplainContext): ExplainedMirror[] {
  return route.requestMirrorPolicies.map(({ cluster, runtimeFraction }) => {
    const host = allHosts(context.cluster(cluster))[0] ?? null
    // As Envoy does: without a runtime key the percentage means nothing.
    if (runtimeFraction === null || runtimeFraction.runtimeKey === '') {
      return { cluster, host, percent: 100 }
    }
    const { numerator, denominator } = runtimeFraction.defaultValue
    return { cluster, host, percent: (numerator * 100) / denominator }
  })
}

function notesOf({ route }: Route, call: MessageMetadata): string[] {
  const notes: string[] = []
  const method = fromByteText(call.methodName)
  const colon = method.indexOf(':')
  if (route.stripServiceName && colon >= 0) {
    notes.push(`the host sees the method "${method.slice(colon + 1)}"`)
  }
  const policy = callPolicy(route.own, 0)
  if (policy !== null && policy.timeoutMs > 0) {
    notes.push(`after ${policy.timeoutMs} ms the client is told of a timeout`)
  }
  if (policy !== null && policy.retries > 0) {
    const reasons = Object.entries(RetryOn).filter(([, bit]) => (policy.retryOn & bit) !== 0)
    const may = isIdempotent(policy, call.methodName)
      ? reasons
      : reasons.filter(([, bit]) => bit === RetryOn['connect-failure'])
    const names = may.map(([name]) => name).join(', ')
    const times = policy.retries === 1 ? 'once' : `up to ${policy.retries} times`
    notes.push(
      may.length === 0
        ? 'it is not tried again: it is no method that may run twice'
        : `it is tried again ${times} on ${names}`,
    )
  }
  const perSecond = policy?.maxRequestsPerSecond ?? 0
  if (perSecond > 0) notes.push(`beyond ${perSecond} calls a second it is refused`)
  if (route.rateLimits.length > 0) notes.push('a rate limit may answer it')
  return notes
}
