/** Indices that keep a long series' shape for a picture: of every stretch its least and greatest, in order, and both ends. */
export function thinned(values: ArrayLike<number>, most: number): number[] {
  const n = values.length;
  if (n <= most) return Array.from({ length: n }, (_, i) => i);
  const stretches = Math.max(1, Math.floor(most / 2));
  const kept: number[] = [0];
  for (let s = 0; s < stretches; s += 1) {
    const [from, to] = [Math.floor((s * n) / stretches), Math.floor(((s + 1) * n) / stretches)];
    let [least, greatest] = [from, from];
    for (let i = from; i < to; i += 1) {
      if ((values[i] as number) < (values[least] as number)) least = i;
      if ((values[i] as number) > (values[greatest] as number)) greatest = i;
    }
    for (const i of least < greatest ? [least, greatest] : [greatest, least]) if (i > (kept[kept.length - 1] as number)) kept.push(i);
  }
  if (kept[kept.length - 1] !== n - 1) kept.push(n - 1);
  return kept;
}
