import type { CertificateFile } from '../../upstream/upstream-context.ts'
import { daysUntilExpiration } from '../certificates.ts'
import type { JsonObject } from './server-view.ts'

const SAN_FIELDS = { DNS: 'dns', URI: 'uri', IP_ADDRESS: 'ip_address' } as const

/** `envoy.admin.v3.CertificateDetails`. */
export function certificateDetails(file: CertificateFile, nowMs: number): JsonObject {
  const { path, certificate } = file
  const names = (['DNS', 'URI', 'IP_ADDRESS'] as const).flatMap((type) =>
    certificate.subjectAltNames
      .filter((name) => name.type === type)
      .map(({ value }) => ({ [SAN_FIELDS[type]]: value })),
  )
  return {
    path,
    serial_number: certificate.serialNumber,
    subject_alt_names: names,
    days_until_expiration: String(daysUntilExpiration(file, nowMs)),
    valid_from: timeText(certificate.validFromMs),
    expiration_time: timeText(certificate.validToMs),
  }
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.000Z$/, 'Z')
}
