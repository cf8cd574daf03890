import { JSON_TYPE } from './admin-message.ts'
import type { Endpoint } from './endpoint.ts'
import { prettyJson } from './pretty-json.ts'

export const certsEndpoint: Endpoint = {
  path: '/certs',
  help: 'print certs on machine',
  answer(_, view) {
    const certificates = view.certificates().map(({ caCert, certChain }) => ({
      ca_cert: caCert,
      cert_chain: certChain,
    }))
    return { status: 200, contentType: JSON_TYPE, body: prettyJson({ certificates }) }
  },
}

export const initDumpEndpoint: Endpoint = {
  path: '/init_dump',
  help: 'dump current Envoy init manager information (experimental)',
  params: [
    {
      name: 'mask',
      help: 'The desired component to dump unready targets. The mask is parsed as a Protobuf::FieldMask. For example, get the unready targets of all listeners with /init_dump?mask=listener`',
    },
  ],
  answer({ params }, view) {
    const mask = params.get('mask')
    const dumps =
      mask === '' || mask === 'listener'
        ? view.unreadyTargets().map(({ name, targetNames }) => ({
            name,
            ...(targetNames.length > 0 && { target_names: targetNames }),
          }))
        : []
    const body = prettyJson(dumps.length === 0 ? {} : { unready_targets_dumps: dumps })
    return { status: 200, contentType: JSON_TYPE, body }
  },
}
