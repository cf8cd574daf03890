import type { ExtensionStatus, JsonObject } from './server-view.ts'

/** What the server says of itself in `core.v3.Node`; what the config says already stays. */
export function describeNode(
  node: JsonObject,
  server: { readonly version: string; extensions(): readonly ExtensionStatus[] },
): JsonObject {
  const named = { ...node, user_agent_name: node['user_agent_name'] || 'envoy' }
  const versioned =
    'user_agent_version' in node || 'user_agent_build_version' in node
      ? named
      : { ...named, user_agent_build_version: buildVersion(server.version) }
  return { ...versioned, extensions: server.extensions().map(toExtension) }
}

/** `core.v3.BuildVersion`. */
function buildVersion(version: string): JsonObject {
  const [sha, number = '', status, kind, tls] = version.split('/')
  const [major, minor, patch] = number.split('.').map(Number)
  return {
    version: { major_number: major, minor_number: minor, patch },
    metadata: {
      'revision.sha': sha,
      'revision.status': status,
      'build.type': kind,
      'ssl.version': tls,
    },
  }
}

/** `core.v3.Extension`. */
function toExtension({ name, category, configTypes, disabled }: ExtensionStatus): JsonObject {
  return { name, category, disabled, type_urls: configTypes }
}
