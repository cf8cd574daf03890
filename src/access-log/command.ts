import type { StreamInfo } from '../network/stream-info.ts'
import type { FormatContext } from './formatter.ts'

/** One compiled command of a format. */
export interface Command {
  /** The value as text, or null when there is none. */
  text(info: StreamInfo, context: FormatContext): string | null
  /** The value as JSON text, typed; 'null' when there is none. */
  json(info: StreamInfo, context: FormatContext): string
}

type Read<T> = (info: StreamInfo, context: FormatContext) => T

export class TextCommand implements Command {
  readonly #read: Read<string | null>

  constructor(read: Read<string | null>) {
    this.#read = read
  }

  text(info: StreamInfo, context: FormatContext): string | null {
    return this.#read(info, context)
  }

  json(info: StreamInfo, context: FormatContext): string {
    const value = this.#read(info, context)
    return value === null ? 'null' : JSON.stringify(value)
  }
}

/** A whole number; a negative one means that there is none. */
export class NumberCommand implements Command {
  readonly #read: Read<number>

  constructor(read: Read<number>) {
    this.#read = read
  }

  text(info: StreamInfo): string | null {
    const value = this.#read(info, NOT_SET)
    return value < 0 ? null : String(value)
  }

  json(info: StreamInfo): string {
    const value = this.#read(info, NOT_SET)
    return value < 0 ? 'null' : String(value)
  }
}

const NOT_SET: FormatContext = { accessLogType: 'NotSet' }

/** A value that never changes. */
export class ConstantCommand implements Command {
  readonly #text: string | null
  readonly #json: string

  constructor(value: string | number | null) {
    this.#text = value === null ? null : String(value)
    this.#json = JSON.stringify(value)
  }

  text(): string | null {
    return this.#text
  }

  json(): string {
    return this.#json
  }
}
