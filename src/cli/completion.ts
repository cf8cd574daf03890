import type { Command } from './command.ts'
import { command } from './command.ts'
import { COMMANDS } from './command-table.ts'
import { type Flag, UsageError } from './flag.ts'
import { GENERAL_FLAGS } from './flag-table.ts'

const SHELLS = { bash, zsh, fish } as const

export const completionCommand = command('completion', ({ args, terminal }) => {
  const shell = args.words[0]
  if (shell === undefined || !(shell in SHELLS)) {
    const what = shell === undefined ? 'completion needs a shell' : `unknown shell '${shell}'`
    throw new UsageError(what, `it is one of ${Object.keys(SHELLS).join(', ')}`)
  }
  terminal.out(SHELLS[shell as keyof typeof SHELLS]())
  return 0
})

function flagsOf(row: Command): readonly Flag[] {
  return [...row.flags, ...GENERAL_FLAGS]
}

/** `-c` and `--config-path`, as a shell sees the flag. */
function spellings({ name, short }: Flag): readonly string[] {
  return short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`]
}

function takesFile({ value }: Flag): boolean {
  return value === 'FILE' || value === 'FILE.ts' || value === 'PATH'
}

function allFlags(): readonly Flag[] {
  const byName = new Map(COMMANDS.flatMap(flagsOf).map((flag) => [flag.name, flag]))
  return [...byName.values()]
}

function bash(): string {
  const values = allFlags()
    .filter(({ type }) => type !== 'switch')
    .map((flag) => {
      const reply = takesFile(flag)
        ? 'compgen -f -- "$word"'
        : `compgen -W '${(flag.choices ?? []).join(' ')}' -- "$word"`
      return `    ${spellings(flag).join('|')}) mapfile -t COMPREPLY < <(${reply}); return ;;`
    })
  const words = COMMANDS.map((row) => {
    const flags = flagsOf(row).flatMap(spellings).join(' ')
    const choices = row.choices?.join(' ') ?? ''
    return `    ${row.name}) flags='${flags}' choices='${choices}' files=${row.maxWords > 1 ? 1 : 0} ;;`
  })
  return `# bash completion of tsproxy: source <(tsproxy completion bash)
_tsproxy() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  local command=serve flags='' choices='' files=0 given i
  case "$before" in
${values.join('\n')}
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    given="\${COMP_WORDS[i]}"
    case "$given" in ${COMMANDS.map(({ name }) => name).join('|')}) command="$given"; break ;; esac
  done
  case "$command" in
${words.join('\n')}
  esac
  [[ $COMP_CWORD -eq 1 ]] && choices='${COMMANDS.map(({ name }) => name).join(' ')}'
  if [[ "$word" == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$word")
  elif [[ $files -eq 1 ]]; then mapfile -t COMPREPLY < <(compgen -f -- "$word")
  else mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
  fi
}
complete -o filenames -F _tsproxy tsproxy
`
}

/** Text between single quotes, for zsh and fish. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function zsh(): string {
  const spec = (flag: Flag) => {
    const what = flag.summary.replace(/[[\]:]/g, '\\$&')
    const action = takesFile(flag) ? '_files' : `(${(flag.choices ?? []).join(' ')})`
    const value = flag.type === 'switch' ? '' : `:${flag.value ?? 'value'}:${action}`
    const many = flag.type === 'list' ? '*' : ''
    return spellings(flag).map((text) => quoted(`${many}${text}[${what}]${value}`))
  }
  const cases = COMMANDS.map((row) => {
    const words = row.choices === undefined ? '_files' : `(${row.choices.join(' ')})`
    const rest = row.maxWords === 0 ? [] : [quoted(`*:word:${words}`)]
    const specs = [...flagsOf(row).flatMap(spec), ...rest].join(' \\\n        ')
    return `    ${row.name})\n      _arguments \\\n        ${specs}\n      ;;`
  })
  const names = COMMANDS.map(({ name, summary }) => quoted(`${name}:${summary}`)).join(' ')
  return `#compdef tsproxy
# zsh completion of tsproxy: tsproxy completion zsh > "\${fpath[1]}/_tsproxy"
_tsproxy() {
  local -a commands
  commands=(${names})
  if (( CURRENT == 2 )) && [[ "$words[2]" != -* ]]; then
    _describe command commands
    return
  fi
  local command=serve
  if [[ "$words[2]" != -* ]]; then
    command="$words[2]"
    shift words
    (( CURRENT-- ))
  fi
  case "$command" in
${cases.join('\n')}
  esac
}
compdef _tsproxy tsproxy
`
}

function fish(): string {
  const names = COMMANDS.map(({ name }) => name).join(' ')
  const lines = ['# fish completion of tsproxy', 'complete -c tsproxy -f']
  for (const row of COMMANDS) {
    lines.push(
      `complete -c tsproxy -n __fish_use_subcommand -a ${row.name} -d ${quoted(row.summary)}`,
    )
    const isHere =
      row.name === 'serve'
        ? `not __fish_seen_subcommand_from ${names.replace('serve ', '')}`
        : `__fish_seen_subcommand_from ${row.name}`
    const when = `complete -c tsproxy -n ${quoted(isHere)}`
    if (row.choices !== undefined) lines.push(`${when} -a ${quoted(row.choices.join(' '))}`)
    if (row.maxWords > 1) lines.push(`${when} -F`)
    for (const flag of row.flags) lines.push(`${when} ${fishFlag(flag)}`)
  }
  for (const flag of GENERAL_FLAGS) lines.push(`complete -c tsproxy ${fishFlag(flag)}`)
  return `${lines.join('\n')}\n`
}

function fishFlag(flag: Flag): string {
  const short = flag.short === undefined ? '' : ` -s ${flag.short}`
  const files = takesFile(flag) ? ' -F' : ''
  const value = flag.type === 'switch' ? '' : ` -r${files}`
  const choices = flag.choices === undefined ? '' : ` -a ${quoted(flag.choices.join(' '))}`
  return `-l ${flag.name}${short}${value}${choices} -d ${quoted(flag.summary)}`
}
