/** How the page looks: one column of quiet sections; colour carries gain, loss and the run's own line, and nothing else. */

const LIGHT = `
  color-scheme: light;
  --page: #f6f6f3; --card: #ffffff; --ink: #1a1f26; --soft: #55606c; --faint: #e7e8e4; --edge: #dedfda; --base: #9aa2ab;
  --run: #1d5fd1; --hold: #7b8490; --other: #8a5a00; --up: #12804a; --down: #c22f3a; --up-fill: #2f9e68; --down-fill: #d8505a; --band: #1d5fd1;`;

const DARK = `
  color-scheme: dark;
  --page: #0e1116; --card: #161b22; --ink: #e8ebf0; --soft: #9ba6b3; --faint: #232a33; --edge: #2a323c; --base: #5b6673;
  --run: #6ea8ff; --hold: #98a2ae; --other: #e0b050; --up: #4fcf91; --down: #ff7d84; --up-fill: #35a873; --down-fill: #d9555e; --band: #6ea8ff;`;

export const STYLE = `
:root {${LIGHT} }
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) {${DARK} } }
:root[data-theme="dark"] {${DARK} }
* { box-sizing: border-box; }
html { background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; scroll-behavior: smooth; }
body { margin: 0; font-variant-numeric: tabular-nums; }
header, main { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 32px; }
main { padding-bottom: 64px; }
h1 { font-size: 1.9rem; line-height: 1.2; letter-spacing: -0.015em; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.12rem; margin: 0 0 4px; letter-spacing: -0.005em; }
h3 { font-size: 0.95rem; margin: 18px 0 8px; }
h3 small { font-weight: 400; color: var(--soft); margin-left: 6px; }
p { margin: 0 0 8px; }
a { color: inherit; text-decoration: none; }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.92em; }
:focus-visible { outline: 2px solid var(--run); outline-offset: 3px; border-radius: 4px; }
.title { display: flex; align-items: flex-start; justify-content: space-between; gap: 16px; }
.what { margin: 6px 0 0; }
.run-name, .note { color: var(--soft); font-size: 0.88rem; }
.note { max-width: 78ch; margin-bottom: 12px; }
button { font: inherit; font-size: 0.85rem; color: var(--soft); background: var(--card); border: 1px solid var(--edge); border-radius: 999px; padding: 5px 14px; cursor: pointer; white-space: nowrap; }
button:hover { color: var(--ink); border-color: var(--base); }
section { background: var(--card); border: 1px solid var(--edge); border-radius: 12px; padding: 20px 22px; margin-top: 16px; min-width: 0; }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 16px; }
.pair:empty { display: none; }
.pair > :only-child { grid-column: 1 / -1; }

.headline { list-style: none; display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 1px; padding: 0; margin: 18px 0 0; background: var(--edge); border: 1px solid var(--edge); border-radius: 12px; overflow: hidden; }
.headline li { background: var(--card); min-width: 0; }
.headline a { display: block; height: 100%; padding: 12px 14px; }
.headline a:hover { background: color-mix(in srgb, var(--run) 6%, var(--card)); }
.headline span { display: block; color: var(--soft); font-size: 0.8rem; }
.headline b { font-size: 1.12rem; font-weight: 600; line-height: 1.3; display: block; overflow-wrap: break-word; }
.headline b small { font-size: 0.7em; font-weight: 400; color: var(--soft); }
.headline .lead { grid-column: span 1; }
.headline em { display: block; font-style: normal; font-size: 0.85rem; }
.lead.up b, .lead.up em, td.up, th.up, .total.up, .flow .up b { color: var(--up); }
.lead.down b, .lead.down em, td.down, th.down, .total.down, .flow .down b { color: var(--down); }
.lead b small { color: var(--soft); }

.plot { margin: 10px 0 0; }
.plot + .plot { margin-top: 18px; }
.plot figcaption { display: flex; flex-wrap: wrap; gap: 2px 16px; align-items: baseline; font-size: 0.8rem; color: var(--soft); min-height: 1.5em; margin-bottom: 6px; }
.y-title { color: var(--ink); font-weight: 600; }
.read { margin-left: auto; color: var(--ink); min-height: 1.5em; }
.key { display: inline-flex; align-items: center; gap: 6px; }
.key i { width: 16px; height: 0; border-top: 2px solid var(--run); }
.key i.hold { border-top: 2px dashed var(--hold); }
.key i.second { border-top: 2px solid var(--other); }
.key i.median { border-top: 2px dashed var(--soft); }
.key i.mean { border-top: 2px solid var(--ink); }
.key i.tail { border-top: 2px dashed var(--down); }
.key i.inner, .key i.outer { height: 10px; border: 0; background: color-mix(in srgb, var(--band) 30%, var(--card)); }
.key i.outer { background: color-mix(in srgb, var(--band) 13%, var(--card)); }
.key i.dot-up, .key i.dot-down { width: 8px; height: 8px; border: 0; border-radius: 50%; background: var(--up-fill); }
.key i.dot-down { background: var(--down-fill); border-radius: 1px; }
.frame { display: grid; grid-template-columns: 58px minmax(0, 1fr); grid-template-rows: var(--height) 22px; }
.ys { position: relative; }
.ys span { position: absolute; right: 9px; transform: translateY(-50%); }
.xs { grid-column: 2; position: relative; }
.xs span { position: absolute; top: 5px; transform: translateX(-50%); }
.xs .first { transform: none; }
.xs .last { transform: translateX(-100%); }
.ys span, .xs span { font-size: 0.76rem; color: var(--soft); white-space: nowrap; line-height: 1.2; }
.x-title { text-align: right; font-size: 0.76rem; color: var(--soft); margin-top: 2px; }
.area { position: relative; touch-action: pan-y; }
.area svg { display: block; width: 100%; height: 100%; overflow: hidden; }
.area path { fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.grid { stroke: var(--faint); stroke-width: 1; }
.area .base { stroke: var(--base); stroke-width: 1; }
.area .run { stroke: var(--run); stroke-width: 1.8; }
.area .hold { stroke: var(--hold); stroke-width: 1.3; stroke-dasharray: 4 3; }
.area .second { stroke: var(--other); stroke-width: 1.5; }
.area .other { stroke: var(--other); stroke-width: 1.6; }
.area .under { fill: color-mix(in srgb, var(--down-fill) 26%, transparent); }
.area .under-line { stroke: var(--down-fill); stroke-width: 1.2; }
.area .range { fill: color-mix(in srgb, var(--hold) 24%, transparent); }
.area .price { stroke: var(--soft); stroke-width: 1.1; }
.area .way { stroke-width: 1.6; stroke-linecap: round; }
.area .way.up { stroke: var(--up-fill); }
.area .way.down { stroke: var(--down-fill); }
.area .bar.up { fill: var(--up-fill); stroke: var(--card); stroke-width: 1; }
.area .bar.down { fill: var(--down-fill); stroke: var(--card); stroke-width: 1; }
.area .mean { stroke: var(--ink); stroke-width: 1.5; }
.area .tail { stroke: var(--down); stroke-width: 1.5; stroke-dasharray: 4 3; }
.area .band.outer { fill: color-mix(in srgb, var(--band) 13%, transparent); }
.area .band.inner { fill: color-mix(in srgb, var(--band) 20%, transparent); }
.area .median { stroke: var(--soft); stroke-width: 1.4; stroke-dasharray: 5 4; }
.area .dot { stroke-width: 7; stroke-linecap: round; stroke: color-mix(in srgb, var(--up-fill) 75%, transparent); }
.area .dot.down { stroke: color-mix(in srgb, var(--down-fill) 75%, transparent); stroke-linecap: square; stroke-width: 5.5; }
.cross { position: absolute; top: 0; bottom: 0; width: 1px; background: var(--ink); opacity: 0.55; pointer-events: none; }
.mark { position: absolute; width: 9px; height: 8px; margin: -4px 0 0 -4.5px; background: var(--ink); }
.mark.long { clip-path: polygon(50% 0, 100% 100%, 0 100%); }
.mark.short { clip-path: polygon(0 0, 100% 0, 50% 100%); }
.mark.exit { width: 7px; height: 7px; margin: -3.5px 0 0 -3.5px; border-radius: 50%; background: var(--up-fill); box-shadow: 0 0 0 1.5px var(--card); }
.mark.exit.down { background: var(--down-fill); }

.year h3 { display: flex; gap: 10px; align-items: baseline; }
.total { font-weight: 400; }
.tiles { list-style: none; margin: 0; padding: 0; display: grid; gap: 4px; grid-template-columns: repeat(12, minmax(0, 1fr)); }
.tiles.days { grid-template-columns: repeat(10, minmax(0, 1fr)); }
.tiles li { border-radius: 6px; padding: 6px 4px 7px; text-align: center; font-size: 0.88rem; line-height: 1.25; background: var(--faint); white-space: nowrap; }
.tiles .none { background: transparent; }
.tiles small { display: block; font-size: 0.72rem; color: var(--soft); }
.tiles .up { background: color-mix(in srgb, var(--up-fill) calc(8% + var(--strength) * 0.42%), var(--card)); }
.tiles .down { background: color-mix(in srgb, var(--down-fill) calc(8% + var(--strength) * 0.42%), var(--card)); }
.tiles .up small, .tiles .down small { color: color-mix(in srgb, var(--ink) 88%, transparent); }

.flow { list-style: none; margin: 0; padding: 0; }
.flow li { display: grid; grid-template-columns: minmax(0, 11.5rem) minmax(0, 1fr) minmax(6.5rem, auto); gap: 12px; align-items: center; padding: 7px 0; border-top: 1px solid var(--faint); }
.flow li:first-child { border-top: 0; }
.flow b { text-align: right; font-weight: 500; }
.flow .whole span:first-child, .flow .whole b { font-weight: 650; }
.track { position: relative; height: 16px; }
.track::before { content: ""; position: absolute; left: 50%; top: -3px; bottom: -3px; width: 1px; background: var(--base); }
.track i { position: absolute; top: 2px; bottom: 2px; left: 50%; width: var(--share); background: var(--up-fill); border-radius: 0 3px 3px 0; }
.down .track i { left: auto; right: 50%; background: var(--down-fill); border-radius: 3px 0 0 3px; }

.wide { overflow-x: auto; }
.wide + .wide { margin-top: 16px; }
table { border-collapse: collapse; width: 100%; font-size: 0.88rem; }
caption { text-align: left; font-weight: 600; padding-bottom: 4px; }
caption.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { padding: 5px 0 5px 14px; border-top: 1px solid var(--faint); font-weight: 400; white-space: nowrap; }
th:first-child, td:first-child { padding-left: 0; }
thead th, thead td { color: var(--soft); font-size: 0.8rem; border-top: 0; }
.left { text-align: left; }
.right { text-align: right; }

.groups { columns: 2; column-gap: 36px; }
.group { break-inside: avoid; margin-bottom: 14px; }
.group h3 { margin: 0 0 4px; padding-top: 8px; }
details { border-top: 1px solid var(--faint); }
details:target { background: color-mix(in srgb, var(--run) 8%, var(--card)); }
summary { display: flex; justify-content: space-between; gap: 16px; padding: 6px 2px; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary::before { content: "▸"; color: var(--base); font-size: 0.75rem; align-self: center; margin-right: -8px; }
details[open] > summary::before { content: "▾"; }
summary span { flex: 1; }
summary b { font-weight: 600; white-space: nowrap; }
.formula { color: var(--soft); font-size: 0.88rem; margin: 0 0 6px 14px; }
.reason { font-size: 0.88rem; margin: 0 0 6px 14px; }
.inputs { margin: 0 0 10px 14px; width: calc(100% - 14px); font-size: 0.84rem; color: var(--soft); }
.inputs th { text-align: left; white-space: normal; }
.inputs td { text-align: right; }
.fold > summary { justify-content: flex-start; color: var(--run); }
.fold { border-top: 0; }
.facts { margin: 0; font-size: 0.88rem; }
.facts div { display: grid; grid-template-columns: 14rem minmax(0, 1fr); gap: 12px; padding: 4px 0; border-top: 1px solid var(--faint); }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }

@media (max-width: 900px) { .headline { grid-template-columns: repeat(4, minmax(0, 1fr)); } .pair { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 640px) {
  html { font-size: 14px; }
  header, main { padding-left: 12px; padding-right: 12px; }
  header { padding-top: 20px; }
  section { padding: 16px 14px; }
  .headline { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .tiles, .tiles.days { grid-template-columns: repeat(6, minmax(0, 1fr)); }
  .groups { columns: 1; }
  .xs .odd { display: none; }
  .frame { grid-template-columns: 48px minmax(0, 1fr); }
  .ys span { right: 6px; }
  .read { margin-left: 0; flex-basis: 100%; }
  .flow li { grid-template-columns: minmax(0, 1fr) auto; }
  .track { grid-column: 1 / -1; grid-row: 2; }
  .facts div { grid-template-columns: minmax(0, 1fr); gap: 0; }
  tbody th { white-space: normal; min-width: 6.5rem; }
  th, td { padding-left: 10px; }
  #theme span { display: none; }
}
@media print { html { font-size: 11px; } section { break-inside: avoid; } button, .read { display: none; } }
`;
