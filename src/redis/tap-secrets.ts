const HIDDEN = '(hidden)'

/**
 * Puts `(hidden)` where the arguments of a command, as texts, hold passwords. True if there were any: then the text of an
 * error may repeat them.
 */
export function hideSecrets(args: string[]): boolean {
  switch (args[0]?.toLowerCase()) {
    case 'auth':
      return hideFrom(args, 1, args.length)
    case 'hello':
      return hideBehind(args, 2, 'auth', 2)
    case 'migrate': {
      const one = hideBehind(args, 6, 'auth', 1)
      return hideBehind(args, 6, 'auth2', 2) || one
    }
    case 'config':
      return isWord(args[1], 'set') && hideSettings(args, 2)
    case 'sentinel':
      return isWord(args[1], 'set') ? hideSettings(args, 3) : hideSettings(args, 2)
    case 'acl':
      return isWord(args[1], 'setuser')
        ? hideRules(args)
        : isWord(args[1], 'genpass') || isWord(args[1], 'getuser')
    default:
      return false
  }
}

function isWord(arg: string | undefined, word: string): boolean {
  return arg !== undefined && arg.toLowerCase() === word
}

function hideFrom(args: string[], start: number, end: number): boolean {
  for (let i = start; i < end && i < args.length; i++) args[i] = HIDDEN
  return start < args.length
}

/** HELLO 3 AUTH user password: `count` arguments behind each `word`. */
function hideBehind(args: string[], start: number, word: string, count: number): boolean {
  let found = false
  for (let i = start; i < args.length; i++) {
    if (!isWord(args[i], word)) continue
    hideFrom(args, i + 1, i + 1 + count)
    found = true
    i += count
  }
  return found
}

/** `name value` pairs: requirepass, masterauth, tls-key-file-pass, auth-pass, ... */
function hideSettings(args: string[], start: number): boolean {
  let found = false
  for (let i = start; i < args.length; i += 2) {
    if (!/pass|auth|secret/i.test(args[i]!)) continue
    hideFrom(args, i + 1, i + 2)
    found = true
  }
  return found
}

/** `>password`, `<password`, `#hash`, `!hash`. */
function hideRules(args: string[]): boolean {
  for (let i = 3; i < args.length; i++) {
    if (/^[><#!]/.test(args[i]!)) args[i] = `${args[i]![0]}${HIDDEN}`
  }
  return true
}
