import { HTML, JSON_TYPE, OK, text } from './admin-message.ts'
import { clustersEndpoint } from './clusters-endpoint.ts'
import { configDumpEndpoint } from './config-dump.ts'
import { drainListenersEndpoint } from './drain-listeners.ts'
import { type Endpoint, helpText } from './endpoint.ts'
import { redisExplainEndpoint, thriftExplainEndpoint } from './explain.ts'
import { listenersEndpoint } from './listeners.ts'
import { loggingEndpoint } from './logging.ts'
import { memoryEndpoint } from './memory.ts'
import { pageData, renderPage } from './page/page.ts'
import { prettyJson } from './pretty-json.ts'
import { certsEndpoint, initDumpEndpoint } from './readiness.ts'
import { recentLookupEndpoints } from './recent-lookups.ts'
import { runtimeEndpoint, runtimeModifyEndpoint } from './runtime.ts'
import { serverInfoEndpoint } from './server-info.ts'
import { prometheusEndpoint, statsEndpoint } from './stats-endpoints.ts'
import { redisTapEndpoint, thriftTapEndpoint } from './tap.ts'
import { unsupportedEndpoints } from './unsupported.ts'

const home: Endpoint = {
  path: '/',
  help: 'Admin home page',
  answer({ params }, view) {
    const data = pageData(view, ENDPOINTS)
    return params.get('format') === 'json'
      ? { status: 200, contentType: JSON_TYPE, body: prettyJson(data) }
      : { status: 200, contentType: HTML, body: renderPage(data) }
  },
}

const help: Endpoint = {
  path: '/help',
  help: 'print out list of admin commands',
  answer: () => text(200, helpText(ENDPOINTS)),
}

const ready: Endpoint = {
  path: '/ready',
  help: 'print server state, return 200 if LIVE, otherwise return 503',
  answer(_, view) {
    const state = view.state()
    return text(state === 'LIVE' ? 200 : 503, `${state}\n`)
  },
}

const healthCheckFail: Endpoint = {
  path: '/healthcheck/fail',
  help: 'cause the server to fail health checks',
  mutates: true,
  answer(_, view) {
    view.setHealthCheckFailed(true)
    return OK
  },
}

const healthCheckOk: Endpoint = {
  path: '/healthcheck/ok',
  help: 'cause the server to pass health checks',
  mutates: true,
  answer(_, view) {
    view.setHealthCheckFailed(false)
    return OK
  },
}

const hotRestartVersion: Endpoint = {
  path: '/hot_restart_version',
  help: 'print the hot restart compatibility version',
  answer: (_, view) => text(200, view.hotRestartVersion),
}

const contention: Endpoint = {
  path: '/contention',
  help: 'dump current Envoy mutex contention stats (if enabled)',
  answer: () =>
    text(
      200,
      'Mutex contention tracing is not enabled. To enable, run Envoy with flag --enable-mutex-tracing.',
    ),
}

const quit: Endpoint = {
  path: '/quitquitquit',
  help: 'exit the server',
  mutates: true,
  answer: (_, view) => ({ ...OK, after: () => view.quit() }),
}

const reopenLogs: Endpoint = {
  path: '/reopen_logs',
  help: 'reopen access logs',
  mutates: true,
  answer(_, view) {
    view.reopenLogs()
    return OK
  },
}

const resetCounters: Endpoint = {
  path: '/reset_counters',
  help: 'reset all counters to zero',
  mutates: true,
  answer(_, view) {
    view.stats.resetCounters()
    view.resetCounters()
    return OK
  },
}

/** Every endpoint, by path as `/help` prints them. */
export const ENDPOINTS: readonly Endpoint[] = [
  home,
  certsEndpoint,
  clustersEndpoint,
  configDumpEndpoint,
  contention,
  drainListenersEndpoint,
  redisExplainEndpoint,
  thriftExplainEndpoint,
  healthCheckFail,
  healthCheckOk,
  help,
  hotRestartVersion,
  initDumpEndpoint,
  listenersEndpoint,
  loggingEndpoint,
  memoryEndpoint,
  quit,
  ready,
  reopenLogs,
  resetCounters,
  runtimeEndpoint,
  runtimeModifyEndpoint,
  serverInfoEndpoint,
  statsEndpoint,
  prometheusEndpoint,
  redisTapEndpoint,
  thriftTapEndpoint,
  ...recentLookupEndpoints,
  ...unsupportedEndpoints,
].sort((a, b) => (a.path < b.path ? -1 : 1))
