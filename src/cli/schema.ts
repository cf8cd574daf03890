import { bootstrapJsonSchema } from '../config/load/json-schema.ts'
import { command } from './command.ts'

export const schemaCommand = command('schema', ({ terminal }) => {
  terminal.out(`${JSON.stringify(bootstrapJsonSchema(), null, 2)}\n`)
  return 0
})
