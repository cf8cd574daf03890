import { command } from './command.ts'
import { UsageError } from './flag.ts'
import { nearest } from './nearest.ts'
import { STARTER_NAMES, STARTERS, type StarterName } from './starter-table.ts'

export const initCommand = command('init', ({ args, terminal }) => {
  const name = args.words[0]
  if (name === undefined) {
    throw new UsageError('init needs to know what for', `it is one of ${STARTER_NAMES.join(', ')}`)
  }
  if (!(name in STARTERS)) {
    const near = nearest(name, STARTER_NAMES)
    const hints = near === null ? [] : [`did you mean '${near}'?`]
    throw new UsageError(
      `there is no starter config '${name}'`,
      ...hints,
      `there are ${STARTER_NAMES.join(', ')}`,
    )
  }
  terminal.out(STARTERS[name as StarterName])
  return 0
})
