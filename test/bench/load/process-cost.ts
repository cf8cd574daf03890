import { readdirSync, readFileSync } from 'node:fs'

/** USER_HZ: Linux reports process times to user space in ticks of 10 ms on every architecture it still supports. */
const US_PER_TICK = 10_000

/** User and system time of all threads of these processes so far, in microseconds. */
export function cpuUs(pids: readonly number[]): number {
  let ticks = 0
  for (const pid of pids) {
    const fields = statFields(pid)
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks * US_PER_TICK
}

/** The same for this process and everything that it has started so far, ended or not. */
export function ownTreeCpuUs(): number {
  let ticks = 0
  for (const pid of processTree(process.pid)) {
    // Own time, then that of children who have ended and were waited for.
    for (const field of statFields(pid).slice(11, 15)) ticks += Number(field)
  }
  return ticks * US_PER_TICK
}

/** The time that all cores together have been busy since the machine started, stolen time included, in microseconds. */
export function machineBusyUs(): number {
  const first = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0] ?? ''
  const [user, nice, system, , , irq, softirq, steal] = first.split(/ +/).slice(1).map(Number)
  return (user! + nice! + system! + irq! + softirq! + steal!) * US_PER_TICK
}

/** The fields of /proc/PID/stat from the third one on: the second is a name in parentheses that may hold blanks. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Resident memory of these processes in bytes: now (VmRSS) or at its highest (VmHWM). */
export function residentBytes(pids: readonly number[], field: 'VmRSS' | 'VmHWM'): number {
  let kib = 0
  for (const pid of pids) {
    const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(
      readFileSync(`/proc/${pid}/status`, 'latin1'),
    )
    kib += Number(line?.[1] ?? 0)
  }
  return kib * 1024
}

/** A process and all its descendants, the process first. */
export function processTree(root: number): number[] {
  const childrenOf = new Map<number, number[]>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const parent = parentOf(Number(entry))
    if (parent === null) continue
    const siblings = childrenOf.get(parent)
    if (siblings === undefined) childrenOf.set(parent, [Number(entry)])
    else siblings.push(Number(entry))
  }
  const tree = [root]
  for (let i = 0; i < tree.length; i++) tree.push(...(childrenOf.get(tree[i]!) ?? []))
  return tree
}

function parentOf(pid: number): number | null {
  try {
    return Number(statFields(pid)[1])
  } catch {
    return null // ended since the folder was listed
  }
}
