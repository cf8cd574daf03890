import { readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Idl, type IdlFile } from './idl.ts'
import { IdlError } from './idl-tokens.ts'
import { parseIdl } from './parse-idl.ts'

const MAX_FILES = 1000
const MAX_BYTES = 4 * 2 ** 20

/** Reads a file with all that it includes, from the folder of the file that says so. Throws an IdlError. */
export function readIdl(path: string): Idl {
  const files = new Map<string, IdlFile>()
  const included = new Map<string, Map<string, string>>()
  const read = (asked: string): string => {
    const real = realPath(asked)
    if (files.has(real)) return real
    if (files.size >= MAX_FILES) throw new IdlError(`${path} includes more than ${MAX_FILES} files`)
    if (statSync(real).size > MAX_BYTES) throw new IdlError(`${asked} is above ${MAX_BYTES} bytes`)
    const file = parseIdl(real, readFileSync(real, 'utf8'))
    files.set(real, file)
    const names = new Map<string, string>()
    included.set(real, names)
    for (const name of file.includes) {
      names.set(basename(name, '.thrift'), read(join(dirname(real), name)))
    }
    return real
  }
  read(path)
  return new Idl(files, included)
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    throw new IdlError(`there is no file ${path}`)
  }
}
