"""The tutorial's server on Apache's library for Python: server.py FOLDER-OF-GENERATED-CODE WIRE... prints one port a wire."""
import json
import sys
import threading

sys.path.insert(0, sys.argv[1])

from mirror import Mirror
from shared.ttypes import SharedStruct
from thrift.server.TServer import TThreadedServer
from thrift.Thrift import TApplicationException
from thrift.transport.TSocket import TServerSocket
from tutorial.ttypes import InvalidOperation, Operation
from wires import factories_of


class Handler:
    """Every connection of a port has the same log and the same count of zips."""

    def __init__(self):
        self.log = {}
        self.zips = 0

    def ping(self):
        pass

    def add(self, num1, num2):
        return num1 + num2

    def calculate(self, logid, work):
        if work.op == Operation.DIVIDE and work.num2 == 0:
            raise InvalidOperation(work.op, "Cannot divide by 0")
        results = {
            Operation.ADD: lambda: work.num1 + work.num2,
            Operation.SUBTRACT: lambda: work.num1 - work.num2,
            Operation.MULTIPLY: lambda: work.num1 * work.num2,
            Operation.DIVIDE: lambda: int(work.num1 / work.num2),
        }
        if work.op not in results:
            raise InvalidOperation(work.op, "Invalid operation")
        value = results[work.op]()
        self.log[logid] = SharedStruct(logid, str(value))
        return value

    def getStruct(self, key):
        if key == -1:
            return SharedStruct(key, str(self.zips))
        return self.log.get(key, SharedStruct(key, ""))

    def zip(self):
        self.zips += 1

    def mirror(self, all):
        return all

    def fail(self, reason):
        raise TApplicationException(TApplicationException.INTERNAL_ERROR, reason)


def serve(wire):
    socket = TServerSocket("127.0.0.1", 0)
    socket.listen()
    port = socket.handle.getsockname()[1]
    socket.listen = lambda: None  # serve() would bind again, elsewhere
    transport, protocol = factories_of(wire)
    server = TThreadedServer(Mirror.Processor(Handler()), socket, transport, protocol, daemon=True)
    threading.Thread(target=server.serve, daemon=True).start()
    return port


print(json.dumps([serve(wire) for wire in sys.argv[2:]]), flush=True)
threading.Event().wait()
