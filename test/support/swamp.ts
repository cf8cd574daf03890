/** A server that reads everything and says nothing, in a process of its own; it prints its port. */
import { listenTcp } from './tcp.ts'

const { port } = listenTcp({
  onPeer: (peer) => {
    peer.keeps = false
  },
})
console.log(port)
