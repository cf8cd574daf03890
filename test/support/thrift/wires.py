"""A wire is "transport/protocol"; what the library calls them."""
from thrift.protocol.TBinaryProtocol import TBinaryProtocol, TBinaryProtocolFactory
from thrift.protocol.TCompactProtocol import TCompactProtocol, TCompactProtocolFactory
from thrift.protocol.THeaderProtocol import THeaderProtocol, THeaderProtocolFactory
from thrift.protocol.TJSONProtocol import TJSONProtocol, TJSONProtocolFactory
from thrift.transport.THeaderTransport import THeaderClientType, THeaderSubprotocolID, THeaderTransformID
from thrift.transport.TTransport import TBufferedTransport, TBufferedTransportFactory, TFramedTransport, TFramedTransportFactory, TTransportFactoryBase



class LaxBinaryProtocol(TBinaryProtocol):
    """Without a version before the name, which the library then leaves as bytes, and does not find."""

    def __init__(self, transport):
        super().__init__(transport, strictRead=False, strictWrite=False)

    def readMessageBegin(self):
        name, kind, number = super().readMessageBegin()
        return name.decode() if isinstance(name, bytes) else name, kind, number


class LaxBinaryProtocolFactory:
    def getProtocol(self, transport):
        return LaxBinaryProtocol(transport)


SUBPROTOCOLS = {"binary": THeaderSubprotocolID.BINARY, "compact": THeaderSubprotocolID.COMPACT}


def protocol_of(wire, socket):
    transport, protocol = wire.split("/")
    if transport == "header":
        name, _, transform = protocol.partition("+")
        made = THeaderProtocol(socket, (THeaderClientType.HEADERS,), SUBPROTOCOLS[name])
        if transform == "zlib":
            made.add_transform(THeaderTransformID.ZLIB)
        return made
    layer = {"framed": TFramedTransport, "unframed": TBufferedTransport}[transport](socket)
    protocols = {"binary": TBinaryProtocol, "lax": LaxBinaryProtocol, "compact": TCompactProtocol, "json": TJSONProtocol}
    return protocols[protocol](layer)


def factories_of(wire):
    transport, protocol = wire.split("/")
    if transport == "header":
        name = protocol.partition("+")[0]
        made = THeaderProtocolFactory((THeaderClientType.HEADERS,), SUBPROTOCOLS[name])
        return TTransportFactoryBase(), made
    layer = {"framed": TFramedTransportFactory, "unframed": TBufferedTransportFactory}[transport]()
    factories = {
        "binary": TBinaryProtocolFactory,
        "lax": LaxBinaryProtocolFactory,
        "compact": TCompactProtocolFactory,
        "json": TJSONProtocolFactory,
    }
    return layer, factories[protocol]()
