// The tutorial's server on Apache's library for Node: node server.cjs FOLDER-OF-GENERATED-CODE WIRE... prints one port a wire.
const thrift = require('thrift')
const { serverOptions } = require('./wires.cjs')
const [generated, ...wires] = process.argv.slice(2)
const Mirror = require(`${generated}/Mirror.js`)
const { InvalidOperation, Operation } = require(`${generated}/tutorial_types.js`)
const { SharedStruct } = require(`${generated}/shared_types.js`)

/** Every connection of a port has the same log and the same count of zips. */
function handler() {
  const log = new Map()
  let zips = 0
  return {
    ping: (result) => result(null),
    add: (num1, num2, result) => result(null, num1 + num2),
    calculate: (logid, { num1, num2, op }, result) => {
      const ouch = (why) => result(new InvalidOperation({ whatOp: op, why }))
      if (op === Operation.DIVIDE && num2 === 0) return ouch('Cannot divide by 0')
      const value = {
        [Operation.ADD]: num1 + num2,
        [Operation.SUBTRACT]: num1 - num2,
        [Operation.MULTIPLY]: num1 * num2,
        [Operation.DIVIDE]: Math.trunc(num1 / num2),
      }[op]
      if (value === undefined) return ouch('Invalid operation')
      log.set(logid, new SharedStruct({ key: logid, value: String(value) }))
      result(null, value)
    },
    // Key -1 counts the zips.
    getStruct: (key, result) => {
      const counted = new SharedStruct({ key, value: String(zips) })
      result(null, key === -1 ? counted : (log.get(key) ?? new SharedStruct({ key, value: '' })))
    },
    zip: () => {
      zips++
    },
    mirror: (all, result) => result(null, all),
    fail: (reason, result) =>
      result(
        new thrift.Thrift.TApplicationException(
          thrift.Thrift.TApplicationExceptionType.INTERNAL_ERROR,
          reason,
        ),
      ),
  }
}

Promise.all(
  wires.map(
    (wire) =>
      new Promise((resolve) => {
        const server = thrift.createServer(Mirror, handler(), serverOptions(wire))
        server.on('error', (error) => console.error(wire, error))
        server.listen(0, '127.0.0.1', () => resolve(server.address().port))
      }),
  ),
).then((ports) => console.log(JSON.stringify(ports)))
