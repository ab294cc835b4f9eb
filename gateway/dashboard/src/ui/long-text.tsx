/** A sentence that may be very long: its beginning and its end are shown, and all of it when asked. */
import { useState } from 'react';
import { Button } from './button.tsx';

const BEGINS = 420;
const ENDS = 160;

export function LongText({ text, className = '' }: Readonly<{ text: string; className?: string }>) {
  const [all, setAll] = useState(false);
  const long = text.length > (BEGINS + ENDS) * 1.3;
  // between words, so that no number is shown in half
  const begin = text.slice(0, text.lastIndexOf(' ', BEGINS));
  const end = text.slice(text.indexOf(' ', text.length - ENDS));
  return (
    <p className={`break-words ${className}`}>
      {long && !all ? (
        <>
          {begin} <span className="text-faint">… {text.length - begin.length - end.length} letters more …</span> {end}
        </>
      ) : (
        text
      )}
      {long ? (
        <Button small look="quiet" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Less' : 'All of it'}
        </Button>
      ) : null}
    </p>
  );
}
