/** Keys as they stand on the keyboard. */
export function Keys({ of }: Readonly<{ of: readonly string[] }>) {
  return (
    <span className="inline-flex gap-1">
      {of.map((key) => (
        <kbd
          key={key}
          className="figure inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-[4px] border border-line bg-raised px-1 text-2xs text-dim"
        >
          {key}
        </kbd>
      ))}
    </span>
  );
}
