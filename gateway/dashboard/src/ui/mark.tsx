/** The mark: a line that is drawn, and drawn again over itself. */
export const Mark = ({ className = '' }: Readonly<{ className?: string }>) => (
  <svg
    viewBox="0 0 24 24"
    aria-hidden="true"
    fill="none"
    stroke="currentColor"
    strokeWidth="2.4"
    strokeLinecap="round"
    strokeLinejoin="round"
    className={className}
  >
    <path d="M3 17.5 9 9l4.5 5L21 4.5" />
    <path d="M3 21.5 9 13l4.5 5L21 8.5" opacity="0.45" />
  </svg>
);
