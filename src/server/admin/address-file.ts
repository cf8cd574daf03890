import { writeFileSync } from 'node:fs'
import type { Logger } from '../../logging/log-registry.ts'
import { type Address, addressText } from '../../network/address.ts'

/** `--admin-address-path`: the admin address as bound, without a newline. A path that cannot be written is only logged. */
export function writeAdminAddress(path: string, address: Address, log: Logger): void {
  if (path === '') return
  try {
    writeFileSync(path, addressText(address))
  } catch (error) {
    log.critical(`cannot open admin address output file ${path} for writing.`)
    log.debug(String(error))
  }
}
