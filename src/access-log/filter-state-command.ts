import type { StreamInfo } from '../network/stream-info.ts'
import type { Command } from './command.ts'
import { jsonValue } from './json-value.ts'
import { truncate } from './truncate.ts'

/**
 * %FILTER_STATE(key:PLAIN|TYPED|FIELD:field)%. An object of filter state is a text, a number, a bool, or an object whose
 * fields FIELD reads. TYPED prints JSON, so that a text has quotes.
 */
export class FilterStateCommand implements Command {
  readonly #key: string
  readonly #plain: boolean
  readonly #field: string
  readonly #maxBytes: number

  constructor(argument: string, maxBytes: number) {
    const [key = '', type = '', field = ''] = argument.split(':')
    this.#key = key
    this.#plain = type === 'PLAIN'
    this.#field = field
    this.#maxBytes = maxBytes
  }

  text(info: StreamInfo): string | null {
    const value = this.#value(info)
    if (value === undefined || value === null) return null
    const text = this.#plain || this.#field !== '' ? plain(value) : jsonValue(value)
    return truncate(text, this.#maxBytes)
  }

  json(info: StreamInfo): string {
    const value = this.#value(info)
    if (value === undefined || value === null) return 'null'
    if (!this.#plain && this.#field === '') return jsonValue(value)
    return JSON.stringify(truncate(plain(value), this.#maxBytes))
  }

  #value(info: StreamInfo): unknown {
    const object = info.filterState?.get(this.#key)
    if (this.#field === '') return object
    if (typeof object !== 'object' || object === null) return null
    const value = Object.hasOwn(object, this.#field)
      ? (object as Record<string, unknown>)[this.#field]
      : null
    return typeof value === 'string' || typeof value === 'number' ? value : null
  }
}

function plain(value: unknown): string {
  return typeof value === 'object' ? jsonValue(value) : String(value)
}
