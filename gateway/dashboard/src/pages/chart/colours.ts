/** The page's colours as a canvas takes them: what a theme names in any notation, as red, green and blue. */
const canvas = document.createElement('canvas');
canvas.width = canvas.height = 1;

export function colourOf(name: string, opacity = 1): string {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) return `rgba(128, 128, 128, ${opacity})`;
  context.clearRect(0, 0, 1, 1);
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return `rgba(${red}, ${green}, ${blue}, ${opacity})`;
}
