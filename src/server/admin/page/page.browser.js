// The live page at `/`: draws what the server put into #data, then asks again every two seconds.

const POLL_MS = 2000
const KEPT_SAMPLES = 60
const STATS =
  '/stats?format=json&type=Counters&filter=' +
  encodeURIComponent(
    '^cluster\\..*\\.upstream_cx_(rx_bytes_total|tx_bytes_total|total|connect_fail)$|^listener\\..*\\.downstream_cx_total$',
  )
const GAUGES =
  '/stats?format=json&type=Gauges&filter=' +
  encodeURIComponent(
    '^cluster\\..*\\.upstream_cx_active$|^listener\\..*\\.downstream_cx_active$|^server\\.(memory_physical_size|total_connections)$',
  )

const byId = (id) => document.getElementById(id)

/** An element with a class, and texts or elements in it. */
function el(tag, className, ...children) {
  const made = document.createElement(tag)
  if (className) made.className = className
  made.append(...children.filter((child) => child !== null))
  return made
}

function link(href, text, className) {
  const made = el('a', className, text)
  made.href = href
  return made
}

// ---- numbers

function count(n) {
  if (n < 10000) return String(Math.round(n * 10) / 10)
  return Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(n)
}

function bytes(n) {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let unit = 0
  let value = n
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

function duration(ms) {
  const s = Math.floor(ms / 1000)
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`
}

// ---- what is known

let page = JSON.parse(byId('data').textContent)
let clusters = []
let now = null
let before = null
const history = { connections: [], rate: [], received: [], sent: [], memory: [] }

/** Growth of a counter in a second; a process that was started anew begins at 0. */
function rate(name) {
  if (before === null) return 0
  const grown = (now.stats.get(name) ?? 0) - (before.stats.get(name) ?? 0)
  return Math.max(0, grown) / ((now.at - before.at) / 1000)
}

function sum(pattern, of) {
  let total = 0
  for (const name of now.stats.keys()) if (pattern.test(name)) total += of(name)
  return total
}

const value = (name) => now.stats.get(name) ?? 0

// ---- drawing

function tile(name, text, samples) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 100 30')
  svg.setAttribute('preserveAspectRatio', 'none')
  svg.setAttribute('aria-hidden', 'true')
  const top = Math.max(...samples, 1e-9)
  const points = samples.map((sample, i) => {
    const x = 100 - ((samples.length - 1 - i) * 100) / (KEPT_SAMPLES - 1)
    return `${x.toFixed(2)},${(28 - (sample / top) * 25).toFixed(2)}`
  })
  if (points.length > 1) {
    const area = document.createElementNS(svg.namespaceURI, 'polygon')
    area.setAttribute('points', `${points[0].split(',')[0]},30 ${points.join(' ')} 100,30`)
    const line = document.createElementNS(svg.namespaceURI, 'polyline')
    line.setAttribute('points', points.join(' '))
    svg.append(area, line)
  }
  return el('div', 'tile', el('div', 'name', name), el('div', 'value', text), svg)
}

function drawTiles() {
  const last = (samples) => samples.at(-1) ?? 0
  byId('tiles').replaceChildren(
    tile('Connections', count(last(history.connections)), history.connections),
    tile('New per second', count(last(history.rate)), history.rate),
    tile('From upstreams', `${bytes(last(history.received))}/s`, history.received),
    tile('To upstreams', `${bytes(last(history.sent))}/s`, history.sent),
    tile('Memory', bytes(last(history.memory)), history.memory),
  )
}

function drawHeader() {
  const state = byId('state')
  state.textContent = page.state
  state.className = `pill ${page.state === 'LIVE' ? 'good' : 'warn'}`
  const fact = (name, text) => el('div', '', el('dt', '', name), el('dd', '', text))
  byId('facts').replaceChildren(
    fact('version', page.version),
    fact('up', duration(page.uptime_ms)),
    fact('workers', String(page.concurrency)),
    ...(page.node ? [fact('node', page.node)] : []),
  )
  document.title = `${page.state === 'LIVE' ? '' : `${page.state} · `}tsproxy${page.node ? ` · ${page.node}` : ''}`
  const silent = page.silent_threads
  alertUser(silent.length === 0 ? '' : `No answer for a second from ${silent.join(', ')}.`)
}

function alertUser(text) {
  byId('alert').hidden = text === ''
  byId('alert').textContent = text
}

function drawListeners() {
  const known = new Set(clusters.map(({ name }) => name))
  const rows = page.listeners.map(({ name, addresses, leads_to }) => {
    const prefix = `listener.${(addresses[0] ?? '').replaceAll(':', '_')}.downstream_cx_`
    const counted = now?.stats.has(`${prefix}total`)
    const chips = leads_to.map((to) =>
      known.has(to)
        ? link(`#cluster-${encodeURIComponent(to)}`, to, 'chip')
        : el('span', 'chip', to),
    )
    return el(
      'div',
      'row',
      el('div', 'title', el('div', 'name', name), el('div', 'mono small', addresses.join(', '))),
      el('div', 'leads', ...(chips.length > 0 ? chips : [el('span', 'small', 'nowhere by name')])),
      numberCell(counted ? count(value(`${prefix}active`)) : '–', 'connections'),
      numberCell(counted ? count(rate(`${prefix}total`)) : '–', 'new per second'),
    )
  })
  byId('listeners').replaceChildren(
    ...(rows.length > 0 ? rows : [el('div', 'empty', 'No listeners.')]),
  )
}

function numberCell(text, name) {
  return el('div', 'number', el('b', '', text), el('span', 'small', name))
}

/** Envoy's health words of a host, empty when it is fit. */
function ailments(status) {
  const flags = Object.keys(status).filter((name) => status[name] === true)
  const eds = status.eds_health_status
  if (eds && eds !== 'HEALTHY' && eds !== 'UNKNOWN') flags.push(eds.toLowerCase())
  return flags.map((flag) => flag.replaceAll('_', ' '))
}

function addressOf({ socket_address: socket, pipe }) {
  if (pipe) return pipe.path
  const port = socket.port_value ?? 0
  return socket.address.includes(':') ? `[${socket.address}]:${port}` : `${socket.address}:${port}`
}

function hostRow(host) {
  const stat = Object.fromEntries(
    (host.stats ?? []).map((one) => [one.name, Number(one.value ?? 0)]),
  )
  const wrong = ailments(host.health_status ?? {})
  const soft = wrong.length > 0 && wrong.every((flag) => /degraded|pending|draining/.test(flag))
  const level = wrong.length === 0 ? 'good' : soft ? 'warn' : 'bad'
  const details = [
    `${count(stat.cx_active)} open`,
    `${count(stat.cx_total)} total`,
    ...(stat.cx_connect_fail > 0 ? [`${count(stat.cx_connect_fail)} failed`] : []),
    ...(host.priority ? [`P${host.priority}`] : []),
    ...(host.weight > 1 ? [`weight ${host.weight}`] : []),
  ]
  const dot = el('span', `dot ${level}${stat.cx_active > 0 ? ' busy' : ''}`)
  dot.title = wrong.length === 0 ? 'healthy' : wrong.join(', ')
  const name = el('span', 'mono', addressOf(host.address))
  if (host.hostname) name.append(el('span', 'small', `  ${host.hostname}`))
  const row = el('div', 'host', dot, name, el('span', 'small', details.join(' · ')))
  if (wrong.length > 0) row.append(el('span'), el('span', `small ${level}`, wrong.join(', ')))
  return row
}

function drawClusters() {
  const cards = clusters.map(({ name, observability_name, host_statuses: hosts = [] }) => {
    const healthy = hosts.filter((host) => ailments(host.health_status ?? {}).length === 0).length
    const level = healthy === hosts.length && healthy > 0 ? 'good' : healthy > 0 ? 'warn' : 'bad'
    const prefix = `cluster.${(observability_name ?? name).replaceAll(':', '_')}.upstream_cx_`
    const facts = [
      `${count(value(`${prefix}active`))} connections`,
      `${count(rate(`${prefix}total`))} new/s`,
      `${bytes(rate(`${prefix}rx_bytes_total`))}/s in`,
      `${bytes(rate(`${prefix}tx_bytes_total`))}/s out`,
    ]
    const failed = value(`${prefix}connect_fail`)
    if (failed > 0) facts.push(`${count(failed)} connects failed`)
    const card = el(
      'div',
      'card',
      el(
        'div',
        'head',
        el('span', 'name', name),
        el('span', `pill ${level}`, `${healthy} of ${hosts.length} healthy`),
      ),
      el('div', 'small', facts.join(' · ')),
      el(
        'div',
        'hosts',
        ...(hosts.length > 0 ? hosts.map(hostRow) : [el('div', 'empty', 'No hosts.')]),
      ),
    )
    card.id = `cluster-${encodeURIComponent(name)}`
    return card
  })
  byId('clusters').replaceChildren(
    ...(cards.length > 0 ? cards : [el('div', 'card empty', 'No clusters.')]),
  )
}

// ---- endpoints

const QUERY = 'key=value&…'

function drawEndpoints() {
  const shown = page.endpoints.filter(({ path }) => path !== '/')
  byId('endpoints').replaceChildren(
    ...shown.map((endpoint) => {
      const { path, help, post } = endpoint
      const text = el(
        'div',
        '',
        el('div', 'mono', post ? path : link(path.slice(1), path)),
        el('div', 'small', help),
      )
      text.lastChild.title = help
      if (!post) return el('div', 'endpoint', text)
      const button = el('button', /quit|fail|drain/.test(path) ? 'danger' : '', 'POST…')
      button.setAttribute('aria-label', `POST ${path}`)
      button.onclick = () => confirmPost(endpoint)
      return el('div', 'endpoint', text, button)
    }),
  )
}

/** Endpoints whose parameters have no fixed names: what is typed becomes the query as it is. */
const FREE_FORM = { '/runtime_modify': [{ name: QUERY, help: 'key1=value1&key2=value2' }] }

function paramField({ name, help, one_of: values }) {
  let field = document.createElement('input')
  if (values) {
    field = el(
      'select',
      '',
      ...['', ...values.filter((each) => each !== '')].map((each) => el('option', '', each)),
    )
  } else if (/^(graceful|skip_exit|inboundonly)$/.test(name)) {
    field.type = 'checkbox'
    field.value = '1'
  }
  field.name = name
  const label = el('label', '', el('span', 'mono', name), field)
  label.title = help
  return label
}

const dialog = byId('dialog')
const output = dialog.querySelector('pre')
const sendButton = dialog.querySelector('button[value=send]')

function confirmPost({ path, help, params }) {
  dialog.querySelector('h3').textContent = `POST ${path}`
  dialog.querySelector('p').textContent = help
  dialog.querySelector('.params').replaceChildren(...(FREE_FORM[path] ?? params).map(paramField))
  dialog.querySelector('button[value=cancel]').textContent = 'Cancel'
  output.hidden = true
  sendButton.hidden = false
  dialog.returnValue = ''
  sendButton.onclick = (event) => {
    event.preventDefault()
    void post(path)
  }
  dialog.showModal()
}

function toQuery([name, text]) {
  return name === QUERY ? encodeURI(text) : `${name}=${encodeURIComponent(text)}`
}

async function post(path) {
  const form = new FormData(dialog.querySelector('form'))
  const given = [...form].filter(([, text]) => text !== '')
  const query = given.length > 0 ? `?${given.map(toQuery).join('&')}` : ''
  sendButton.hidden = true
  output.hidden = false
  output.textContent = '…'
  dialog.querySelector('button[value=cancel]').textContent = 'Close'
  try {
    const response = await fetch(path.slice(1) + query, { method: 'POST' })
    output.textContent = `${response.status} ${response.statusText}\n\n${await response.text()}`
  } catch (error) {
    output.textContent = String(error)
  }
  void poll()
}

// ---- polling

async function getJson(path) {
  const response = await fetch(path.slice(1) || './', { signal: AbortSignal.timeout(5000) })
  if (!response.ok) throw new Error(`${path.split('?')[0]}: status ${response.status}`)
  return response.json()
}

function remember() {
  const push = (samples, sample) => {
    samples.push(sample)
    if (samples.length > KEPT_SAMPLES) samples.shift()
  }
  const listener = /^listener\.(?!admin\.).*(?<!worker_\d+)\.downstream_cx_total$/
  push(history.connections, value('server.total_connections'))
  push(history.memory, value('server.memory_physical_size'))
  if (before === null) return
  push(history.rate, sum(listener, rate))
  push(history.received, sum(/_rx_bytes_total$/, rate))
  push(history.sent, sum(/_tx_bytes_total$/, rate))
}

async function poll() {
  try {
    const [fresh, status, counters, gauges] = await Promise.all([
      getJson('/?format=json'),
      getJson('/clusters?format=json'),
      getJson(STATS),
      getJson(GAUGES),
    ])
    page = fresh
    clusters = status.cluster_statuses ?? []
    before = now
    const all = [...counters.stats, ...gauges.stats]
    now = { at: performance.now(), stats: new Map(all.map((stat) => [stat.name, stat.value])) }
    remember()
    drawHeader()
    drawTiles()
    drawListeners()
    drawClusters()
  } catch (error) {
    byId('state').textContent = 'NO ANSWER'
    byId('state').className = 'pill bad'
    alertUser(`The proxy does not answer (${error.message}). Trying again.`)
  }
}

async function run() {
  while (true) {
    if (!document.hidden) await poll()
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

drawHeader()
drawTiles()
drawListeners()
drawEndpoints()
void run()
