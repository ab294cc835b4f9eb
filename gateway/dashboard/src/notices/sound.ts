/** A short tone a kind, made here: no file is loaded for it. */
import type { NoticeKind } from './choices.ts';

/** Hertz, one after the other. */
const TONES: Record<NoticeKind, readonly number[]> = { fills: [880], gate: [523, 659], alarms: [740, 554, 740] };
const LASTS = 0.13;
const LOUD = 0.08;

let context: AudioContext | null = null;

export function sound(kind: NoticeKind): void {
  context ??= new AudioContext();
  // browsers let a page be heard only after a person has touched it
  if (context.state === 'suspended') void context.resume();
  const begin = context.currentTime;
  for (const [n, hertz] of TONES[kind].entries()) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = hertz;
    const from = begin + n * LASTS;
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(LOUD, from + 0.01);
    volume.gain.exponentialRampToValueAtTime(0.0001, from + LASTS);
    tone.connect(volume).connect(context.destination);
    tone.start(from);
    tone.stop(from + LASTS);
  }
}
