/** The plain page of this API: what it is made of and how it looks. What it does stands in api-page-script.ts. */

export const PAGE_HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Retrace API</title>
<link rel="stylesheet" href="/api/page.css">
</head>
<body>
<header>
<h1>Retrace API</h1>
<p id="who" role="status">asking who you are …</p>
<p><a href="/api/v1/openapi.json">openapi.json</a> · <a href="/api/v1/asyncapi.json">asyncapi.json</a> (the WebSocket)</p>
<label>Find <input id="find" type="search" autocomplete="off" placeholder="orders, explain, candles"></label>
</header>
<main id="routes" aria-live="polite"></main>
<script type="module" src="/api/page.js"></script>
</body>
</html>
`;

export const PAGE_STYLE = `:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); --soft: color-mix(in srgb, currentColor 7%, transparent); }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1.5rem; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; text-transform: capitalize; }
code, pre, textarea, input { font: 13px/1.45 ui-monospace, monospace; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .35rem 0; }
summary { cursor: pointer; padding: .45rem .7rem; display: flex; gap: .8rem; align-items: baseline; }
summary .method { min-width: 4.2rem; font-weight: 600; }
summary .says { opacity: .75; }
.inside { border-top: 1px solid var(--line); padding: .7rem; }
form { display: grid; gap: .5rem; }
label { display: grid; gap: .2rem; }
input, textarea { background: var(--soft); border: 1px solid var(--line); border-radius: 4px; color: inherit; padding: .35rem .5rem; width: 100%; }
textarea { min-height: 7rem; }
button { font: inherit; padding: .35rem 1rem; justify-self: start; }
pre { background: var(--soft); border-radius: 4px; margin: .5rem 0 0; max-height: 28rem; overflow: auto; padding: .6rem; white-space: pre-wrap; word-break: break-word; }
.refused { border-left: 3px solid #c0392b; padding-left: .6rem; }
[hidden] { display: none; }
`;
