/** Waits until `condition` holds, looking every 2 ms; throws after `timeoutMs`. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 3000,
): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not so within ${timeoutMs} ms: ${condition}`)
    await Bun.sleep(2)
  }
}
