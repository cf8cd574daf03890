import type { AccessLog } from '../../access-log/access-log.ts'
import type { StringMatcher } from '../../config/schema/matcher.ts'
import type { SocketOption } from '../../config/schema/socket.ts'
import { type Address, addressText } from '../../network/address.ts'
import { bindListenSocket } from '../../network/listen-socket.ts'
import { SocketConnection } from '../../network/socket-connection.ts'
import { acceptedAddresses, TcpListener } from '../../network/tcp-listener.ts'
import { compileStringMatcher } from '../../stats/string-matcher.ts'
import { writeAdminAddress } from './address-file.ts'
import { AdminConnection } from './admin-connection.ts'
import { type AdminRequest, type AdminResponse, text } from './admin-message.ts'
import { AdminStats } from './admin-stats.ts'
import { type Endpoint, helpText } from './endpoint.ts'
import { ENDPOINTS } from './endpoint-table.ts'
import type { RequestHead } from './http-request.ts'
import { isForeignOrigin } from './origin.ts'
import type { ServerView } from './server-view.ts'

export interface AdminOptions {
  /** A port of 0 takes a free one. */
  readonly address: Address
  /** Tested on the path with its query; empty: all are allowed. */
  readonly allowPaths?: readonly StringMatcher[]
  readonly accessLogs?: readonly AccessLog[]
  readonly socketOptions?: readonly SocketOption[]
}

export interface RunningAdmin {
  /** As bound. */
  readonly address: Address
  /** Accepts no more; connections end with the process. */
  stop(): void
}

/** Connections that wait to be accepted. */
const BACKLOG = 128
/** Answers that a client has not read yet: above it, its further requests wait. */
const UNREAD_BYTES = 1024 * 1024

/** Serves the admin interface on the main thread. Throws BindError. */
export async function startAdmin(options: AdminOptions, view: ServerView): Promise<RunningAdmin> {
  const name = addressText(options.address)
  const socketOptions = options.socketOptions ?? []
  const bound = bindListenSocket(
    {
      address: options.address,
      reusePort: false,
      ipv4Compat: false,
      transparent: false,
      freebind: false,
      fastOpenQueueLength: null,
      keepalive: null,
      socketOptions,
      mode: 0,
    },
    name,
  )
  const { network, log } = view
  const context = {
    stats: new AdminStats(view.statsStore),
    timeSource: network.timeSource,
    log,
    accessLogs: options.accessLogs ?? [],
    answer: createDispatcher(options.allowPaths ?? [], view),
  }
  const listener = new TcpListener(bound.duplicate(), BACKLOG, socketOptions, {
    onAccept(socket) {
      const connection = new SocketConnection(network)
      const { local, remote } = acceptedAddresses(socket, bound.address)
      connection.setAddresses(local, remote)
      connection.setBufferLimit(UNREAD_BYTES)
      connection.setConnectionStats(context.stats.connectionStats)
      connection.addReadFilter(new AdminConnection(context))
      connection.onTransportReady(socket)
      return connection
    },
  })
  log.info(`admin address: ${addressText(bound.address)}`)
  writeAdminAddress(view.options.adminAddressPath, bound.address, log)
  let stopped = false
  return {
    address: bound.address,
    stop() {
      if (stopped) return
      stopped = true
      listener.stop()
      bound.close()
    },
  }
}

type Dispatch = (request: AdminRequest, head: RequestHead) => AdminResponse

function createDispatcher(allowPaths: readonly StringMatcher[], view: ServerView): Dispatch {
  const allowed = allowPaths.map(compileStringMatcher)
  const byPath = new Map<string, Endpoint>(ENDPOINTS.map((each) => [each.path, each]))
  return (request, { headers }) => {
    const { method, target, path } = request
    if (allowed.length > 0 && !allowed.some((matches) => matches(target))) {
      return text(403, `request to path ${target} not allowed`)
    }
    const endpoint = byPath.get(path)
    if (endpoint === undefined) return text(404, `invalid path. ${helpText(ENDPOINTS)}`)
    if (endpoint.mutates) {
      if (method !== 'POST') {
        view.log.error(`admin path "${path}" mutates state, method=${method} rather than POST`)
        return text(405, `Method ${method} not allowed, POST required.`)
      }
    }
    if ((endpoint.mutates || endpoint.guarded) && isForeignOrigin(headers)) {
      return text(403, `request from origin ${headers.get('origin')} not allowed`)
    }
    return endpoint.answer(request, view)
  }
}
