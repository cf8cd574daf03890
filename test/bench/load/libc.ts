import { dlopen, FFIType } from 'bun:ffi'

/** The few calls that keep a generator from costing more than the proxy it loads. Linux only, as `/proc` is. */
export const libc = dlopen('libc.so.6', {
  poll: { args: ['ptr', 'u64', 'i32'], returns: 'i32' },
  recv: { args: ['i32', 'ptr', 'u64', 'i32'], returns: FFIType.i64_fast },
  usleep: { args: ['u32'], returns: 'i32' },
  prctl: { args: ['i32', 'u64', 'u64', 'u64', 'u64'], returns: 'i32' },
}).symbols

/** The descriptor of a socket: Bun has it, its types do not. */
export function descriptorOf(socket: Bun.Socket<unknown>): number {
  return (socket as Bun.Socket<unknown> & { readonly fd: number }).fd
}
