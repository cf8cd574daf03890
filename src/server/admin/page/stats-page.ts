import type { AdminParams } from '../admin-message.ts'
import style from './page.css' with { type: 'text' }
import { fill, STYLE } from './page.ts'
import template from './stats-page.html' with { type: 'text' }

const TYPES = ['All', 'Counters', 'Gauges', 'Histograms', 'TextReadouts']
const REFRESH = '<meta http-equiv="refresh" content="5">'

/** `/stats?format=html`: the text's lines as a table, with a form to choose others. `active` loads itself again. */
export function renderStatsPage(statsText: string, params: AdminParams, active: boolean): string {
  const lines = statsText.split('\n').filter((line) => line !== '')
  return fill(template as unknown as string, {
    [STYLE]: `<style>${style}</style>`,
    '<!--refresh-->': active ? REFRESH : '',
    '{{format}}': active ? 'active-html' : 'html',
    '{{filter}}': escapeHtml(params.get('filter')),
    '<!--types-->': TYPES.map((type) => option(type, type === params.get('type'))).join(''),
    '<!--usedonly-->': checkbox('usedonly', 'used only', params.has('usedonly')),
    '<!--count-->': `${lines.length} shown`,
    '<!--rows-->': lines.map(row).join(''),
  })
}

function option(type: string, selected: boolean): string {
  return `<option${selected ? ' selected' : ''}>${type}</option>`
}

function checkbox(name: string, text: string, checked: boolean): string {
  return `<label><input type="checkbox" name="${name}" value="1"${checked ? ' checked' : ''}> ${text}</label>`
}

function row(line: string): string {
  const colon = line.indexOf(': ')
  const name = escapeHtml(line.slice(0, colon))
  return `<tr><td>${name}</td><td>${escapeHtml(line.slice(colon + 2))}</td></tr>`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => ENTITIES[char]!)
}
