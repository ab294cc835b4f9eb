/** What the plain page of this API does: lists the routes of the document by tag, and sends one where it may. Writes are sent on paper only. */

export const PAGE_SCRIPT = `
const byId = (id) => document.getElementById(id);
const made = (tag, attributes = {}, ...inside) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) name in node ? (node[name] = value) : node.setAttribute(name, value);
  node.append(...inside.filter((each) => each !== null));
  return node;
};
const json = async (path) => {
  const answer = await fetch(path, { headers: { accept: 'application/json' } });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail + (body.remedy ? ' (' + body.remedy + ')' : ''));
  return body;
};

/** Follows references, to a depth that a person still reads. */
const plain = (schema, all, depth = 0) => {
  if (schema === null || typeof schema !== 'object') return schema;
  if (Array.isArray(schema)) return schema.map((each) => plain(each, all, depth));
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.split('/').at(-1);
    return depth > 3 ? { '…': name } : plain(all[name], all, depth + 1);
  }
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, plain(value, all, depth)]));
};

const writes = (method) => method !== 'get';
/** Null: it may be sent. */
const whyNot = (method, session) =>
  writes(method) && session.mode !== 'PAPER' ? 'This page sends no writes to a desk whose mode is ' + session.mode + '.' : null;

const form = (path, method, operation, all, session) => {
  const out = made('pre', { hidden: true });
  const fields = (operation.parameters ?? []).map((parameter) => ({
    parameter,
    input: made('input', { required: parameter.in === 'path', placeholder: parameter.schema?.default ?? '' }),
  }));
  const schema = operation.requestBody?.content?.['application/json']?.schema;
  const body = schema === undefined ? null : made('textarea', { value: '{}', spellcheck: false });
  const no = whyNot(method, session);
  const send = made('button', { type: 'submit', disabled: no !== null }, 'Send');
  const node = made(
    'form',
    {},
    ...fields.map(({ parameter, input }) =>
      made('label', {}, parameter.name + (parameter.required ? '' : ' (optional)') + (parameter.description ? ': ' + parameter.description : ''), input)),
    body === null ? null : made('label', {}, 'body', body),
    no === null ? null : made('p', { className: 'refused' }, no),
    send,
    out,
  );
  node.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (whyNot(method, session) !== null) return;
    let to = path;
    const query = new URLSearchParams();
    const headers = { accept: 'application/json' };
    for (const { parameter, input } of fields) {
      if (input.value === '') continue;
      if (parameter.in === 'path') to = to.replace('{' + parameter.name + '}', encodeURIComponent(input.value));
      else if (parameter.in === 'query') query.append(parameter.name, input.value);
      else headers[parameter.name] = input.value;
    }
    if (writes(method)) {
      headers['x-csrf-token'] = session.csrf ?? '';
      headers['idempotency-key'] = crypto.randomUUID();
    }
    if (body !== null) headers['content-type'] = 'application/json';
    out.hidden = false;
    out.textContent = '…';
    try {
      const search = query.toString();
      const answer = await fetch(to + (search === '' ? '' : '?' + search), { method: method.toUpperCase(), headers, body: body?.value });
      const text = await answer.text();
      let shown = text;
      try { shown = JSON.stringify(JSON.parse(text), null, 1); } catch { /* no JSON: told as it is */ }
      out.textContent = answer.status + ' ' + answer.statusText + '\\n' + shown.slice(0, 200000);
    } catch (error) {
      out.textContent = String(error);
    }
  });
  return node;
};

const shape = (title, schema, all) =>
  schema === undefined
    ? null
    : made('details', {}, made('summary', {}, title), made('div', { className: 'inside' }, made('pre', {}, JSON.stringify(plain(schema, all), null, 1))));

const entry = (path, method, operation, all, session) => {
  const inside = made('div', { className: 'inside' });
  const node = made(
    'details',
    {},
    made('summary', {}, made('span', { className: 'method' }, method.toUpperCase()), made('code', {}, path), made('span', { className: 'says' }, operation.summary ?? '')),
    inside,
  );
  node.dataset.text = (method + ' ' + path + ' ' + (operation.summary ?? '')).toLowerCase();
  node.addEventListener('toggle', () => {
    if (!node.open || inside.hasChildNodes()) return;
    const [status, answer] = Object.entries(operation.responses ?? {}).find(([code]) => code.startsWith('2')) ?? [];
    inside.append(
      ...[
        form(path, method, operation, all, session),
        shape('What it takes', operation.requestBody?.content?.['application/json']?.schema, all),
        shape('What it answers (' + status + ')', answer?.content?.['application/json']?.schema, all),
      ].filter((each) => each !== null),
    );
  });
  return node;
};

try {
  const session = await json('/api/v1/session');
  byId('who').textContent = session.signedIn
    ? session.user + ' (' + session.role + '), desk ' + session.desk + ', ' + session.mode
    : 'Nobody is signed in: sign in at / first.';
  const document_ = await json('/api/v1/openapi.json');
  const all = document_.components?.schemas ?? {};
  const tags = new Map();
  for (const [path, item] of Object.entries(document_.paths))
    for (const [method, operation] of Object.entries(item)) {
      const tag = operation.tags?.[0] ?? 'other';
      tags.set(tag, [...(tags.get(tag) ?? []), entry(path, method, operation, all, session)]);
    }
  for (const [tag, entries] of tags) byId('routes').append(made('section', {}, made('h2', {}, tag), ...entries));
} catch (error) {
  byId('routes').append(made('p', { className: 'refused' }, String(error.message ?? error)));
}
byId('find').addEventListener('input', ({ target }) => {
  const words = target.value.toLowerCase().split(/\\s+/);
  for (const node of document.querySelectorAll('section > details')) node.hidden = !words.every((word) => node.dataset.text.includes(word));
  for (const section of document.querySelectorAll('section')) section.hidden = ![...section.querySelectorAll('details')].some((node) => !node.hidden);
});
`;
