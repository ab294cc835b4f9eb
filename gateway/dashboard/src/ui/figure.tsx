/** A number as the desk told it: its digits are grouped and never rounded. */
import { type ReactNode, useRef } from 'react';
import { useLine } from '../live/live.ts';

/** `-1234567.890` as `−1 234 567.890`, with thin spaces that a copy does not carry along as digits. */
export function grouped(text: string): string {
  const [, sign, whole, rest] = /^(-?)(\d+)(.*)$/.exec(text) ?? [];
  if (whole === undefined) return text;
  return `${sign === '-' ? '\u2212' : ''}${whole.replace(/\B(?=(\d{3})+$)/g, '\u2009')}${rest}`;
}

export const signOf = (text: string): -1 | 0 | 1 => (/^-?0*(\.0*)?$/.test(text) ? 0 : text.startsWith('-') ? -1 : 1);

type Props = Readonly<{
  /** Null: there is none, which is shown as a dash. */
  text: string | null;
  /** Colours it as a gain or a loss, and shows the plus. */
  signed?: boolean;
  unit?: string;
  /** The journal's number it was told at: beyond what is on the disk it is marked. */
  seq?: number;
  className?: string;
}>;

export function Figure({ text, signed = false, unit, seq: told, className = '' }: Props) {
  const seq = useChanged(text, told);
  if (text === null) return <span className={`figure text-faint ${className}`}>–</span>;
  const sign = signed ? signOf(text) : 0;
  const tone = sign > 0 ? 'text-gain' : sign < 0 ? 'text-loss' : '';
  return (
    <span className={`figure ${tone} ${className}`} data-value={text}>
      <Durable seq={seq}>
        {sign > 0 ? '+' : ''}
        {grouped(text)}
      </Durable>
      {unit === undefined ? null : <span className="text-faint"> {unit}</span>}
    </span>
  );
}

/** A row is told anew when any number in it moves: of this one, the number it last changed at. */
function useChanged(text: string | null, seq: number | undefined): number | undefined {
  const last = useRef({ text, seq });
  if (last.current.text !== text || last.current.seq === undefined) last.current = { text, seq };
  return last.current.seq;
}

/** Marks what is told and not on the disk yet: a power cut could take it back. */
export function Durable({ seq, children }: Readonly<{ seq: number | undefined; children: ReactNode }>) {
  return seq === undefined ? children : <Marked seq={seq}>{children}</Marked>;
}

function Marked({ seq, children }: Readonly<{ seq: number; children: ReactNode }>) {
  const { durable } = useLine();
  return seq > durable ? (
    <span className="pending" title={`number ${seq} is not on the disk yet (${durable} is)`}>
      {children}
    </span>
  ) : (
    children
  );
}
