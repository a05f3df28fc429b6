/** What goes to the page without a copy: a trajectory, which can be as large as a file of weights. */
export function transferOf(told: unknown): Transferable[] {
  if (typeof told !== 'object' || told === null || !('trajectory' in told)) return [];
  return told.trajectory instanceof Uint8Array ? [told.trajectory.buffer] : [];
}
