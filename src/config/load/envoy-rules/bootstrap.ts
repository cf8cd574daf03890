import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { suggest } from '../suggest.ts'
import {
  childrenIn,
  has,
  type MessageNode,
  type RuleContext,
  type RuleTable,
  reportAt,
  text,
} from './visit.ts'

export const bootstrapRules: RuleTable = {
  'envoy.config.bootstrap.v3.Bootstrap': checkBootstrap,
  'envoy.config.bootstrap.v3.LayeredRuntime': checkLayers,
  'envoy.config.bootstrap.v3.RuntimeLayer.DiskLayer': checkDiskLayer,
  'envoy.config.overload.v3.OverloadManager': checkOverload,
}

function checkBootstrap(node: MessageNode, context: RuleContext): void {
  exclude(node, 'stats_flush_interval', 'stats_flush_on_admin', context)
  exclude(node, 'watchdog', 'watchdogs', context)
}

function exclude(node: MessageNode, first: string, second: string, context: RuleContext): void {
  if (!has(node, first) || !has(node, second)) return
  reportAt(context, node, [second], {
    code: 'oneof-conflict',
    message: `"${first}" and "${second}" exclude each other`,
  })
}

function checkLayers(node: MessageNode, context: RuleContext): void {
  const names = new Set<string>()
  let admins = 0
  for (const layer of childrenIn(node, 'layers')) {
    const name = text(layer, 'name')
    if (name !== '' && names.has(name)) {
      reportAt(context, layer, ['name'], { code: 'duplicate', message: `a second layer "${name}"` })
    }
    names.add(name)
    if (has(layer, 'admin_layer') && ++admins > 1) {
      reportAt(context, layer, ['admin_layer'], {
        code: 'duplicate',
        message: 'at most one layer is the admin layer',
      })
    }
  }
}

/** The folder around the link is watched. */
function checkDiskLayer(node: MessageNode, context: RuleContext): void {
  const root = text(node, 'symlink_root')
  if (root === '' || existsSync(dirname(root))) return
  reportAt(context, node, ['symlink_root'], {
    code: 'missing-file',
    message: `"${dirname(root)}" does not exist`,
    received: root,
  })
}

const OVERLOAD_ACTIONS = new Set(
  `disable_http_keepalive stop_accepting_requests stop_accepting_connections reject_incoming_connections shrink_heap
  reduce_timeouts reset_high_memory_stream`
    .split(/\s+/)
    .map((name) => `envoy.overload_actions.${name}`),
)

function checkOverload(node: MessageNode, context: RuleContext): void {
  if (node.place.child('resource_monitors')?.isFlawed === true) return
  const monitors = new Set<string>()
  for (const monitor of childrenIn(node, 'resource_monitors')) {
    unique(monitor, monitors, 'resource monitor', context)
  }
  const actions = new Set<string>()
  for (const action of childrenIn(node, 'actions')) {
    const name = text(action, 'name')
    unique(action, actions, 'overload action', context)
    if (name !== '' && !OVERLOAD_ACTIONS.has(name)) {
      reportAt(context, action, ['name'], {
        code: 'unknown-reference',
        message: `unknown overload action "${name}"`,
        suggestion: suggest(name, OVERLOAD_ACTIONS),
      })
    }
    for (const trigger of childrenIn(action, 'triggers')) {
      const resource = text(trigger, 'name')
      if (resource === '' || monitors.has(resource)) continue
      reportAt(context, trigger, ['name'], {
        code: 'unknown-reference',
        message: `no resource monitor is named "${resource}"`,
        received: resource,
      })
    }
  }
}

function unique(node: MessageNode, names: Set<string>, what: string, context: RuleContext): void {
  const name = text(node, 'name')
  if (name !== '' && names.has(name)) {
    reportAt(context, node, ['name'], { code: 'duplicate', message: `a second ${what} "${name}"` })
  }
  names.add(name)
}
