// A wire is "transport/protocol"; what the library calls them.
const thrift = require('thrift')

const TRANSPORTS = {
  unframed: thrift.TBufferedTransport,
  framed: thrift.TFramedTransport,
  header: thrift.TBufferedTransport,
}
const PROTOCOLS = {
  binary: thrift.TBinaryProtocol,
  compact: thrift.TCompactProtocol,
  json: thrift.TJSONProtocol,
}

exports.serverOptions = (wire) => {
  const [transport, protocol] = wire.split('/')
  return {
    transport: TRANSPORTS[transport],
    protocol: transport === 'header' ? thrift.THeaderProtocol : PROTOCOLS[protocol],
  }
}

/** Generated clients flush the transport, past the protocol that would write the headers. */
class HeaderTransport extends thrift.TBufferedTransport {
  flush() {
    this.writeHeaders()
    return super.flush()
  }
}

exports.clientOptions = (wire) => {
  const options = exports.serverOptions(wire)
  return wire.startsWith('header/') ? { ...options, transport: HeaderTransport } : options
}
