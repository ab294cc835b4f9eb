/** The colours of a picture, light or dark: rising is green, falling is red, the run's own line blue, the market's grey. */
export type Theme = 'light' | 'dark';

export type Palette = Readonly<
  Record<'page' | 'ink' | 'soft' | 'faint' | 'base' | 'run' | 'hold' | 'rising' | 'falling' | 'won' | 'lost', string>
>;

export const PALETTES: Readonly<Record<Theme, Palette>> = {
  light: {
    page: '#ffffff',
    ink: '#1a1f26',
    soft: '#55606c',
    faint: '#e7e8e4',
    base: '#9aa2ab',
    run: '#1d5fd1',
    hold: '#7b8490',
    rising: '#2f9e68',
    falling: '#d8505a',
    won: '#12804a',
    lost: '#c22f3a',
  },
  dark: {
    page: '#161b22',
    ink: '#e8ebf0',
    soft: '#9ba6b3',
    faint: '#232a33',
    base: '#5b6673',
    run: '#6ea8ff',
    hold: '#98a2ae',
    rising: '#35a873',
    falling: '#d9555e',
    won: '#4fcf91',
    lost: '#ff7d84',
  },
};
