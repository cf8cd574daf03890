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
