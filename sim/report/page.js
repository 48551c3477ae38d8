// Shows the decision at the pointer, or at the cursor that the arrow keys move.
for (const figure of document.querySelectorAll('figure[data-begin]')) {
  const moments = JSON.parse(figure.querySelector('script').textContent);
  const { begin, seconds, left, right } = figure.dataset;
  const panel = figure.nextElementSibling;
  const cursor = document.createElement('div');
  cursor.className = 'cursor';
  cursor.hidden = true;
  figure.append(cursor);
  let index = -1;

  const show = (i) => {
    index = Math.max(0, Math.min(moments.length - 1, i));
    const { t, from, to, steps } = moments[index];
    const svg = figure.querySelector('svg');
    cursor.hidden = false;
    cursor.style.height = svg.clientHeight + 'px';
    cursor.style.left = svg.clientWidth * (+left + (t / seconds) * (right - left)) + 'px';
    const head = document.createElement('strong');
    head.textContent = new Date(+begin + 1000 * t).toISOString().replace('T', ' ').slice(0, 19) + ' UTC: ' + from + ' → ' + to;
    const list = document.createElement('ol');
    for (const step of steps) {
      list.append(Object.assign(document.createElement('li'), { textContent: step }));
    }
    panel.replaceChildren(head, list);
  };
  const nearest = (t) => {
    let i = 0;
    while (i + 1 < moments.length && moments[i + 1].t <= t) i++;
    return i;
  };
  const change = (way) => {
    for (let i = index + way; i >= 0 && i < moments.length; i += way) {
      if (moments[i].from !== moments[i].to) return i;
    }
    return index;
  };
  figure.addEventListener('pointermove', (event) => {
    const box = figure.querySelector('svg').getBoundingClientRect();
    const share = ((event.clientX - box.left) / box.width - left) / (right - left);
    if (share >= 0 && share <= 1) show(nearest(share * seconds));
  });
  figure.addEventListener('keydown', (event) => {
    const to = {
      ArrowLeft: () => event.shiftKey ? change(-1) : index - 1, ArrowRight: () => event.shiftKey ? change(1) : index + 1,
      Home: () => 0, End: () => moments.length - 1,
    }[event.key];
    if (!to) return;
    event.preventDefault();
    show(to());
  });
}
