import { addressText } from '../../../network/address.ts'
import type { Endpoint } from '../endpoint.ts'
import type { JsonObject, ServerView } from '../server-view.ts'
import script from './page.browser.js' with { type: 'text' }
import style from './page.css' with { type: 'text' }
import page from './page.html' with { type: 'text' }

/** What the page at `/` is drawn from, also as `/?format=json`. */
export function pageData(view: ServerView, endpoints: readonly Endpoint[]): JsonObject {
  const node = view.node()
  return {
    state: view.state(),
    version: view.version.split('/')[1],
    uptime_ms: Math.max(0, view.timeSource.now() - view.startTimeMs),
    concurrency: view.options.concurrency,
    node: [node['cluster'], node['id']].filter(Boolean).join(' / '),
    silent_threads: view.silentThreads(),
    listeners: view.listeners().map(({ name, addresses, leadsTo }) => ({
      name,
      addresses: addresses.map(addressText),
      leads_to: leadsTo,
    })),
    endpoints: endpoints
      .filter(({ unsupported }) => !unsupported)
      .map(({ path, help, mutates, params = [] }) => ({
        path,
        help,
        post: mutates === true,
        params: params.map(({ name, help: about, oneOf }) => ({
          name,
          help: about,
          one_of: oneOf,
        })),
      })),
  }
}

/** One page, with nothing left to load. */
export function renderPage(data: JsonObject): string {
  const json = JSON.stringify(data).replaceAll('<', '\\u003c')
  return fill(page as unknown as string, {
    [STYLE]: `<style>${style}</style>`,
    '<script src="page.browser.js"></script>': `<script>${script}</script>`,
    '<script id="data" type="application/json">{}</script>': `<script id="data" type="application/json">${json}</script>`,
  })
}

/** The line of a page that becomes its style sheet. */
export const STYLE = '<link rel="stylesheet" href="page.css">'

/** Puts a text in the place of each mark, which must be there. What the texts hold is not looked at. */
export function fill(template: string, texts: Readonly<Record<string, string>>): string {
  const places = Object.entries(texts).map(([mark, text]) => {
    const at = template.indexOf(mark)
    if (at < 0) throw new Error(`the page has no ${mark}`)
    return { at, end: at + mark.length, text }
  })
  let filled = ''
  let from = 0
  for (const { at, end, text } of places.sort((a, b) => a.at - b.at)) {
    filled += template.slice(from, at) + text
    from = end
  }
  return filled + template.slice(from)
}
