import { parentPort, workerData } from 'node:worker_threads'
import { provideModule } from './extension/user-module.ts'
import * as extensionApi from './extension-api.ts'
import { builtinExtensions } from './extensions/index.ts'
import { WorkerServer } from './listener/worker-server.ts'
import type { Boot, BufferedBatch } from './messages.ts'
import { Registry } from './registry.ts'

const main = parentPort
if (main === null) throw new Error('worker.ts runs as a worker thread only')

provideModule('tsproxy', extensionApi)
const registry = new Registry().register(...builtinExtensions)
const worker = new WorkerServer(workerData as Boot, registry, {
  post: (message) => main.postMessage(message),
})
main.on('message', (message: string | BufferedBatch) => worker.onMessage(message))
worker.start()
