import { readlinkSync } from 'node:fs'
import { threadId as workerId } from 'node:worker_threads'

/** The system's id of the calling thread, as Envoy prints it; where the system does not tell, the process id and the worker's number. */
export function threadId(): string {
  try {
    const link = readlinkSync('/proc/thread-self')
    return link.slice(link.lastIndexOf('/') + 1)
  } catch {
    return workerId === 0 ? String(process.pid) : `${process.pid}.${workerId}`
  }
}
