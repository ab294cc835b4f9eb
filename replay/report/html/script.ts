/** The few lines that run in the page: the theme switch, values under the pointer, and opening the metric that a tile leads to. */
export const SCRIPT = `
(() => {
  const root = document.documentElement;
  const dark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches);
  document.getElementById('theme').addEventListener('click', () => { root.dataset.theme = dark() ? 'light' : 'dark'; });

  const plots = [...document.querySelectorAll('figure.plot')].flatMap((figure) => {
    const script = figure.querySelector('script');
    return script ? [{ figure, data: JSON.parse(script.textContent), cross: figure.querySelector('.cross'), read: figure.querySelector('.read'), area: figure.querySelector('.area'), now: -1 }] : [];
  });
  const nearest = (xs, x) => {
    let low = 0, high = xs.length - 1;
    while (low < high) { const middle = (low + high) >> 1; if (xs[middle] < x) low = middle + 1; else high = middle; }
    return low > 0 && x - xs[low - 1] < xs[low] - x ? low - 1 : low;
  };
  const show = (plot, i) => {
    plot.now = i;
    plot.cross.hidden = i < 0;
    if (i < 0) { plot.read.textContent = ''; return; }
    plot.cross.style.left = plot.data.x[i] * 100 + '%';
    plot.read.textContent = plot.data.at[i] + ' \\u2003' + plot.data.series.map(({ name, values }) => name + ' ' + values[i]).join(' \\u2003');
  };
  const all = (plot, x) => {
    const name = plot.figure.dataset.together;
    for (const other of plots) if (other === plot || (name && other.figure.dataset.together === name)) show(other, x === null ? -1 : nearest(other.data.x, x));
  };
  for (const plot of plots) {
    plot.area.addEventListener('pointermove', (event) => {
      const box = plot.area.getBoundingClientRect();
      all(plot, (event.clientX - box.left) / box.width);
    });
    plot.area.addEventListener('pointerleave', () => all(plot, null));
    plot.figure.addEventListener('blur', () => all(plot, null));
    plot.figure.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      all(plot, plot.data.x[Math.min(plot.data.x.length - 1, Math.max(0, (plot.now < 0 ? plot.data.x.length : plot.now) + step))]);
    });
  }
  const open = () => { const target = location.hash && document.querySelector(location.hash); if (target && target.tagName === 'DETAILS') target.open = true; };
  addEventListener('hashchange', open);
  open();
})();
`;
