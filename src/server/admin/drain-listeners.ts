import { OK } from './admin-message.ts'
import type { Endpoint } from './endpoint.ts'

export const drainListenersEndpoint: Endpoint = {
  path: '/drain_listeners',
  help: 'drain listeners',
  mutates: true,
  params: [
    {
      name: 'graceful',
      help: 'When draining listeners, enter a graceful drain period prior to closing listeners. This behaviour and duration is configurable via server options or CLI',
    },
    {
      name: 'skip_exit',
      help: 'When draining listeners, drain the connections but never stop the listeners. The graceful parameter has no effect when this is set, since the drain period only delays stopping the listeners',
    },
    {
      name: 'inboundonly',
      help: 'Drains all inbound listeners. traffic_direction field in envoy_v3_api_msg_config.listener.v3.Listener is used to determine whether a listener is inbound or outbound.',
    },
  ],
  answer({ params }, view) {
    view.drainListeners({
      graceful: params.has('graceful'),
      skipExit: params.has('skip_exit'),
      inboundOnly: params.has('inboundonly'),
    })
    return OK
  },
}
