/** What a person chose for their own eyes, kept in this browser and nowhere else. */
const PREFIX = 'retrace.';

export function kept(name: string, otherwise: string): string {
  try {
    return window.localStorage.getItem(PREFIX + name) ?? otherwise;
  } catch {
    return otherwise; // a browser that keeps nothing
  }
}

export function keep(name: string, value: string): void {
  try {
    window.localStorage.setItem(PREFIX + name, value);
  } catch {
    // then it holds until the page is closed
  }
}
