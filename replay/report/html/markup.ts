/** Text into HTML: what a person wrote never becomes a tag. */

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** JSON inside a script element: no `<` can end it. */
export const embedded = (value: unknown): string => JSON.stringify(value).replace(/</g, '\\u003c');

/** How a value reads at a glance: up, down or neither. Never by colour alone; the sign stands in the text. */
export const toneOf = (value: number | bigint | null): 'up' | 'down' | 'even' =>
  value === null ? 'even' : value > 0 ? 'up' : value < 0 ? 'down' : 'even';

export type Column = Readonly<{ title: string; align: 'left' | 'right' }>;
/** A cell as text, or with the tone of its value. */
export type Cell = string | Readonly<{ text: string; tone: 'up' | 'down' | 'even' }>;

/** `caption` is shown above; a table that is its section's only one says it to screen readers alone. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Cell[])[], alone = false): string {
  const head = columns
    .map(({ title, align }) => (title === '' ? '<td></td>' : `<th scope="col" class="${align}">${escaped(title)}</th>`))
    .join('');
  const body = rows.map((row) => {
    const cells = row.map((cell, i) => {
      const [text, tone] = typeof cell === 'string' ? [cell, ''] : [cell.text, ` ${cell.tone}`];
      const align = columns[i]?.align ?? 'left';
      return i === 0
        ? `<th scope="row" class="${align}${tone}">${escaped(text)}</th>`
        : `<td class="${align}${tone}">${escaped(text)}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<div class="wide" tabindex="0" role="${alone ? 'group' : 'region'}" aria-label="${escaped(caption)}"><table><caption${alone ? ' class="unseen"' : ''}>${escaped(caption)}</caption><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

export type Section = Readonly<{ id: string; title: string; note: string; body: string }>;

export function section({ id, title, note, body }: Section): string {
  const told = note === '' ? '' : `<p class="note">${escaped(note)}</p>`;
  return `<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${escaped(title)}</h2>${told}${body}</section>`;
}
