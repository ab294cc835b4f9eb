/** The way from anything that was decided to its reasons. */
import { Link } from '@tanstack/react-router';
import { createContext, type ReactNode, useContext } from 'react';

/** Whether reasons can be opened here: those of another journal than the desk's own are told at the terminal. */
export const Explained = createContext(true);
export const useExplained = (): boolean => useContext(Explained);

export const WhyLink = ({ of, children, className = '' }: Readonly<{ of: string; children?: ReactNode; className?: string }>) => (
  <Link
    to={'/explain' as '/'}
    search={{ what: of } as never}
    data-address={of}
    title={`open the reasons of ${of}`}
    className={`text-accent underline decoration-dotted underline-offset-3 hover:decoration-solid ${className}`}
  >
    {children ?? <span className="figure">{of}</span>}
  </Link>
);
