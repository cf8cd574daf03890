/** IANA's numbers of the groups that keys are agreed in, under the TLS library's names. */
const GROUPS: Readonly<Record<number, string>> = {
  21: 'P-224',
  23: 'P-256',
  24: 'P-384',
  25: 'P-521',
  29: 'X25519',
  4588: 'X25519MLKEM768',
  25497: 'X25519Kyber768Draft00',
}

const SIGNATURE_ALGORITHMS: Readonly<Record<number, string>> = {
  513: 'rsa_pkcs1_sha1',
  515: 'ecdsa_sha1',
  1025: 'rsa_pkcs1_sha256',
  1027: 'ecdsa_secp256r1_sha256',
  1281: 'rsa_pkcs1_sha384',
  1283: 'ecdsa_secp384r1_sha384',
  1537: 'rsa_pkcs1_sha512',
  1539: 'ecdsa_secp521r1_sha512',
  2052: 'rsa_pss_rsae_sha256',
  2053: 'rsa_pss_rsae_sha384',
  2054: 'rsa_pss_rsae_sha512',
  2055: 'ed25519',
}

/** '' for one without a name. */
export function groupName(group: number): string {
  return GROUPS[group] ?? ''
}

/** The number of a group by its name; 0 for none. */
export function groupNumber(name: string): number {
  return Number(Object.entries(GROUPS).find(([, known]) => known === name)?.[0] ?? 0)
}

export function signatureAlgorithmName(algorithm: number): string {
  return SIGNATURE_ALGORITHMS[algorithm] ?? ''
}
