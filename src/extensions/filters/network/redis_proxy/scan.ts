import type { Command } from '../../../../redis/command.ts'
import type { HostPool } from '../../../../redis/host-pool.ts'
import type { Client } from './client.ts'

/** SCAN over several hosts walks them one after another. */
export function sendScan(client: Client, command: Command, hosts: readonly HostPool[]): void {
  const connection = hosts[0]!.shared(client.session)
  const stats = client.context.commandStats.of(command)
  if (connection === null) client.failWithoutHost(stats)
  else client.appendToRun(connection, stats)
}
