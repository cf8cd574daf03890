"""Apache's own codec: writes a struct with every type in each protocol and transport, as JSON {"wire": hex}; then, for each line
"wire hex" on standard input, reads that message and prints it in the strict binary protocol, unframed, as hex."""
import json
import sys

from thrift.protocol import TBinaryProtocol, TCompactProtocol, TJSONProtocol
from thrift.Thrift import TType
from thrift.transport import THeaderTransport, TTransport

PROTOCOLS = {
    "binary": lambda t: TBinaryProtocol.TBinaryProtocol(t),
    "lax": lambda t: TBinaryProtocol.TBinaryProtocol(t, strictRead=False, strictWrite=False),
    "compact": lambda t: TCompactProtocol.TCompactProtocol(t),
    "json": lambda t: TJSONProtocol.TJSONProtocol(t),
}
HEADER_PROTOCOLS = {"binary": 0, "compact": 2}

# (id, type, value); a list or set is (element type, values), a map (key type, value type, pairs), a struct fields.
FIELDS = [
    (1, TType.BOOL, True), (2, TType.BOOL, False), (3, TType.BYTE, -128), (4, TType.I16, -32768), (5, TType.I32, -2147483648),
    (6, TType.I64, -9223372036854775808), (7, TType.I64, 1099511627775), (8, TType.DOUBLE, 1.5), (9, TType.DOUBLE, -1e300),
    (10, TType.STRING, "h\u00e9 \"quoted\" \\ \U0001f600"), (11, TType.STRING, ""),
    (12, TType.LIST, (TType.BOOL, [True, False, True])), (13, TType.LIST, (TType.I32, list(range(-8, 8)))),
    (14, TType.SET, (TType.STRING, ["a"])), (15, TType.MAP, (TType.I32, TType.BOOL, [(5, False), (6, True)])),
    (16, TType.MAP, (TType.STRING, TType.LIST, [("k", (TType.DOUBLE, [0.1]))])),
    (40, TType.STRUCT, [(1, TType.STRUCT, [(300, TType.BYTE, 1)]), (2, TType.BOOL, True)]),
    (-5, TType.LIST, (TType.STRUCT, [[], [(1, TType.I16, 7)]])),
]
SCALARS = {TType.BOOL: "Bool", TType.BYTE: "Byte", TType.I16: "I16", TType.I32: "I32", TType.I64: "I64", TType.DOUBLE: "Double"}


def write(p, kind, v):
    if kind in SCALARS:
        getattr(p, "write" + SCALARS[kind])(v)
    elif kind == TType.STRING:
        p.writeBinary(v) if isinstance(v, bytes) else p.writeString(v)
    elif kind in (TType.LIST, TType.SET):
        name = "List" if kind == TType.LIST else "Set"
        getattr(p, f"write{name}Begin")(v[0], len(v[1]))
        for item in v[1]:
            write(p, v[0], item)
        getattr(p, f"write{name}End")()
    elif kind == TType.MAP:
        p.writeMapBegin(v[0], v[1], len(v[2]))
        for key, value in v[2]:
            write(p, v[0], key)
            write(p, v[1], value)
        p.writeMapEnd()
    else:
        p.writeStructBegin("s")
        for number, kind, value in v:
            p.writeFieldBegin("f", kind, number)
            write(p, kind, value)
            p.writeFieldEnd()
        p.writeFieldStop()
        p.writeStructEnd()


def read(p, kind):
    if kind in SCALARS:
        return getattr(p, "read" + SCALARS[kind])()
    if kind == TType.STRING:
        return p.readString()
    if kind in (TType.LIST, TType.SET):
        name = "List" if kind == TType.LIST else "Set"
        element, size = getattr(p, f"read{name}Begin")()
        items = [read(p, element) for _ in range(size)]
        getattr(p, f"read{name}End")()
        return element, items
    if kind == TType.MAP:
        key, value, size = p.readMapBegin()
        pairs = [(read(p, key), read(p, value)) for _ in range(size)]
        p.readMapEnd()
        return key, value, pairs
    fields = []
    p.readStructBegin()
    while True:
        _, kind, number = p.readFieldBegin()
        if kind == TType.STOP:
            break
        fields.append((number, kind, read(p, kind)))
        p.readFieldEnd()
    p.readStructEnd()
    return fields


def open_wire(wire, memory):
    transport, name = wire.split("/")
    if transport == "header":
        t = THeaderTransport.THeaderTransport(memory, [0, 1, 2], HEADER_PROTOCOLS[name])
        t.set_max_frame_size(1 << 20)
        return t
    return TTransport.TFramedTransport(memory) if transport == "framed" else memory


def encode(wire, name, kind, number, fields):
    memory = TTransport.TMemoryBuffer()
    t = open_wire(wire, memory)
    p = PROTOCOLS[wire.split("/")[1]](t)
    p.writeMessageBegin(name, kind, number)
    write(p, TType.STRUCT, fields)
    p.writeMessageEnd()
    t.flush()
    return memory.getvalue().hex()


def decode(wire, data):
    t = open_wire(wire, TTransport.TMemoryBuffer(data))
    if wire.startswith("header"):
        t.readFrame(0)
    p = PROTOCOLS[wire.split("/")[1]](t)
    name, kind, number = p.readMessageBegin()
    # 0.17, which Debian has, leaves the name of a lax message undecoded.
    if isinstance(name, bytes):
        name = name.decode()
    fields = read(p, TType.STRUCT)
    p.readMessageEnd()
    return name, kind, number, fields


WIRES = ["unframed/binary", "unframed/lax", "unframed/compact", "unframed/json", "framed/binary", "framed/compact", "framed/json", "header/binary", "header/compact"]
print(json.dumps({wire: encode(wire, "Calculator:add", 1, 77, FIELDS) for wire in WIRES}), flush=True)
for line in sys.stdin:
    wire, data = line.split()
    print(encode("unframed/binary", *decode(wire, bytes.fromhex(data))), flush=True)
