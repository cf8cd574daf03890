import { createPrivateKey, X509Certificate } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  ancestor,
  childIn,
  childrenIn,
  has,
  type MessageNode,
  type RuleContext,
  type RuleTable,
  reportAt,
  text,
} from './visit.ts'

const TLS = 'envoy.extensions.transport_sockets.tls.v3.'
const SECRET = `${TLS}Secret`
const CERTIFICATE = `${TLS}TlsCertificate`

/** What a config leaves to files: certificates, keys, scripts, logs. */
export const dataSourceRules: RuleTable = {
  'envoy.config.core.v3.DataSource': checkDataSource,
  'envoy.extensions.access_loggers.file.v3.FileAccessLog': (node, context) =>
    checkLogPath(node, 'path', context),
  'envoy.config.bootstrap.v3.ClusterManager.OutlierDetection': (node, context) =>
    checkLogPath(node, 'event_log_path', context),
  [CERTIFICATE]: checkCertificate,
  [`${TLS}DownstreamTlsContext`]: checkServerContext,
  [`${TLS}CertificateValidationContext`]: checkUntrusted,
  [`${TLS}SdsSecretConfig`]: checkSecretReference,
  'envoy.config.bootstrap.v3.Bootstrap.StaticResources': checkSecrets,
}

function checkDataSource(node: MessageNode, context: RuleContext): void {
  // A static secret is not read before something uses it.
  if (ancestor(node, SECRET) !== undefined || node.parent?.type.name === CERTIFICATE) return
  // AWS credentials are fetched when they are needed.
  for (let one = node.parent; one !== undefined; one = one.parent) {
    if (one.type.name.startsWith('envoy.extensions.common.aws.v3.')) return
  }
  const file = node.value['filename']
  if (typeof file === 'string' && file !== '' && !isFile(file)) {
    reportAt(context, node, ['filename'], missingFile(file))
  }
  const variable = node.value['environment_variable']
  if (typeof variable === 'string' && variable !== '' && process.env[variable] === undefined) {
    reportAt(context, node, ['environment_variable'], {
      code: 'unknown-reference',
      message: `the environment variable "${variable}" does not exist`,
    })
  }
}

function missingFile(file: string) {
  return { code: 'missing-file', message: `"${file}" is no file that can be read`, received: file }
}

function isFile(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return !statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** The file is created, its folder is not. */
function checkLogPath(node: MessageNode, field: string, context: RuleContext): void {
  const path = text(node, field)
  if (path === '') return
  const isUsable = existsSync(path) ? !statSync(path).isDirectory() : existsSync(dirname(path))
  if (isUsable) return
  reportAt(context, node, [field], {
    code: 'missing-file',
    message: `"${path}" cannot be opened for writing`,
    received: path,
  })
}

function checkCertificate(node: MessageNode, context: RuleContext): void {
  if (node.place.isFlawed || ancestor(node, SECRET) !== undefined || has(node, 'pkcs12')) return
  // A client's may be empty: it shows none.
  const isClients = ancestor(node, `${TLS}UpstreamTlsContext`) !== undefined
  if (isClients && !has(node, 'certificate_chain') && !has(node, 'private_key')) return
  const chain = readPart(node, 'certificate_chain', context)
  if (has(node, 'private_key_provider')) return
  const key = readPart(node, 'private_key', context)
  if (chain === undefined || key === undefined) return
  const wrong = describeMismatch(chain, key, node)
  if (wrong === undefined) return
  reportAt(context, node, [wrong.field], { code: 'bad-certificate', message: wrong.message })
}

/** The text of a certificate or key; undefined when it is missing, which is then reported, or not to be read here. */
function readPart(node: MessageNode, field: string, context: RuleContext): Buffer | undefined {
  const source = childIn(node, field)
  const file = source === undefined ? '' : text(source, 'filename')
  if (file !== '') {
    if (isFile(file)) return readFileSync(file)
    reportAt(context, source!, ['filename'], missingFile(file))
    return undefined
  }
  if (source !== undefined && has(source, 'inline_bytes')) {
    return Buffer.from(text(source, 'inline_bytes'), 'base64')
  }
  const inline = source === undefined ? '' : text(source, 'inline_string')
  if (inline !== '') return Buffer.from(inline)
  if (source !== undefined && has(source, 'environment_variable')) return undefined
  reportAt(context, node, [field], {
    code: 'missing-required',
    message: `a certificate needs "${field}"`,
    expected: field,
  })
  return undefined
}

function describeMismatch(
  chain: Buffer,
  key: Buffer,
  node: MessageNode,
): { field: string; message: string } | undefined {
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(chain)
  } catch {
    return { field: 'certificate_chain', message: 'this is no certificate in PEM' }
  }
  // A key with a password is opened where it is used.
  if (has(node, 'password')) return undefined
  try {
    const isPair = certificate.checkPrivateKey(createPrivateKey(key))
    return isPair
      ? undefined
      : { field: 'private_key', message: 'this key is not that of the certificate' }
  } catch {
    return { field: 'private_key', message: 'this is no private key in PEM' }
  }
}

const CERTIFICATE_FIELDS = [
  'tls_certificates',
  'tls_certificate_sds_secret_configs',
  'tls_certificate_provider_instance',
  'tls_certificate_certificate_provider',
  'tls_certificate_certificate_provider_instance',
  'custom_tls_certificate_selector',
]

function checkServerContext(node: MessageNode, context: RuleContext): void {
  const common = childIn(node, 'common_tls_context')
  if (node.place.isFlawed || common?.place.isFlawed === true) return
  if (common !== undefined && CERTIFICATE_FIELDS.some((field) => has(common, field))) return
  reportAt(context, common ?? node, [], {
    code: 'missing-required',
    message:
      'a TLS server needs a certificate: common_tls_context.tls_certificates or its SDS config',
    expected: 'tls_certificates',
  })
}

const PEER_RULES = [
  'match_typed_subject_alt_names',
  'match_subject_alt_names',
  'verify_certificate_hash',
  'verify_certificate_spki',
]

/** Envoy then only counts who breaks them. */
function checkUntrusted(node: MessageNode, context: RuleContext): void {
  if (text(node, 'trust_chain_verification') !== 'ACCEPT_UNTRUSTED') return
  for (const field of PEER_RULES) {
    if (!has(node, field)) continue
    reportAt(context, node, [field], {
      severity: 'warning',
      code: 'no-effect',
      message: `under ACCEPT_UNTRUSTED "${field}" keeps nobody out`,
    })
  }
}

/** Without `sds_config` the name is that of a static secret. */
function checkSecretReference(node: MessageNode, context: RuleContext): void {
  if (has(node, 'sds_config') || node.place.isFlawed) return
  const name = text(node, 'name')
  const statics = childIn(context.bootstrap, 'static_resources')
  if (statics?.place.isFlawed === true || statics?.place.child('secrets')?.isFlawed === true) return
  const secrets = statics === undefined ? [] : childrenIn(statics, 'secrets')
  if (name === '' || secrets.some((secret) => text(secret, 'name') === name)) return
  reportAt(context, node, ['name'], {
    code: 'unknown-reference',
    message: `no static secret is named "${name}"`,
    expected: 'the name of a secret in static_resources.secrets, or "sds_config"',
    received: name,
  })
}

const SECRET_KINDS = [
  'tls_certificate',
  'validation_context',
  'session_ticket_keys',
  'generic_secret',
]

function checkSecrets(node: MessageNode, context: RuleContext): void {
  const seen = new Set<string>()
  for (const secret of childrenIn(node, 'secrets')) {
    if (secret.place.isFlawed) continue
    const kind = SECRET_KINDS.find((field) => has(secret, field))
    if (kind === undefined) {
      reportAt(context, secret, [], {
        code: 'missing-required',
        message: `a secret needs one of ${SECRET_KINDS.join(', ')}`,
      })
      continue
    }
    const key = `${kind} ${text(secret, 'name')}`
    if (seen.has(key)) {
      reportAt(context, secret, ['name'], {
        code: 'duplicate',
        message: `a second ${kind} "${text(secret, 'name')}"`,
      })
    }
    seen.add(key)
  }
}
