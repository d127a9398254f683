// Drawings as SVG: a line with its limit and the person's own usual values, a strip of states, bars. Each says in words what it shows.
import { make, makeShape } from './dom.js';
import { unitName } from './names.js';
import { word } from './words.js';

const width = 640;
const edge = 44;

const clockOf = (at) => new Date(at).toLocaleTimeString(document.documentElement.lang, { hour12: false, hour: '2-digit', minute: '2-digit' });

function picture(height, said) { return makeShape('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': said }); }

function label(svg, x, y, text, anchor = 'start') {
  const shape = makeShape('text', { x, y, 'text-anchor': anchor, class: 'chart-word' });
  shape.textContent = text;
  svg.append(shape);
}

function figure(svg, said) {
  const frame = make('figure', 'chart wide');
  frame.append(svg, make('figcaption', '', said));
  return frame;
}

const dateOf = (at) => new Date(at).toLocaleDateString(document.documentElement.lang);

// What the hub has learned as usual for this person, in words, and as bands to draw; `moment` is the time that the words are about.
export function usual(series, moment, momentWord) {
  const known = series.usual;
  if (!known) return { bands: [], said: word('usualNone') };
  if (known.is === 'shared') return { bands: [], said: word('usualShared') };
  if (known.is !== 'learned') return { bands: [], said: word(known.count ? 'usualLearning' : 'usualNotBegun', { n: known.count, days: known.learn_days, since: known.since ? dateOf(known.since) : '' }) };
  const there = known.spans.find(([from, to]) => moment >= from && moment < to) ?? known.spans.at(-1);
  if (!there) return { bands: [], said: word('usualNone') };
  const [, , low, centre, high] = there;
  const said = word('usualLearned', { moment: word(momentWord), low, centre, high, unit: unitName(series.unit), n: known.count, since: dateOf(known.since), t: `${dateOf(known.as_of)} ${clockOf(known.as_of)}` });
  return { bands: known.spans.map(([from, to, least, , most]) => [from, to, least, most]), said };
}

// points: [[ms, value, doubtful]…]; bands: [[from, to, low, high]…]; mark: ms of the opening.
export function line({ points, bands = [], limit, mark, from, to, said }) {
  const height = 180, bottom = height - 24;
  const svg = picture(height, said);
  const shown = bands.filter((b) => b[1] > from && b[0] < to);
  const values = [...points.map((p) => p[1]), ...shown.flatMap((b) => [b[2], b[3]]), ...(typeof limit === 'number' ? [limit] : [])];
  let low = Math.min(...values), high = Math.max(...values);
  if (low === high) { low -= 1; high += 1; }
  const x = (at) => edge + (width - edge - 8) * (to > from ? (at - from) / (to - from) : 0.5);
  const y = (value) => 10 + (bottom - 10) * (high - value) / (high - low);
  for (const [begin, end, least, most] of shown) {
    const left = x(Math.max(begin, from)), right = x(Math.min(end, to));
    svg.append(makeShape('rect', { x: left.toFixed(1), y: y(most).toFixed(1), width: Math.max(1, right - left).toFixed(1), height: Math.max(1, y(least) - y(most)).toFixed(1), class: 'chart-band' }));
  }
  if (typeof limit === 'number') svg.append(makeShape('line', { x1: edge, x2: width - 8, y1: y(limit), y2: y(limit), class: 'chart-limit' }));
  if (mark >= from && mark <= to) svg.append(makeShape('line', { x1: x(mark), x2: x(mark), y1: 6, y2: bottom, class: 'chart-mark' }));
  if (points.length > 1) svg.append(makeShape('polyline', { points: points.map((p) => `${x(p[0]).toFixed(1)},${y(p[1]).toFixed(1)}`).join(' '), class: 'chart-line' }));
  for (const p of points) if (p[2] || points.length <= 60) svg.append(makeShape('circle', { cx: x(p[0]), cy: y(p[1]), r: p[2] ? 4 : 2.5, class: p[2] ? 'chart-doubt' : 'chart-dot' }));
  label(svg, edge - 4, 16, String(high), 'end');
  label(svg, edge - 4, bottom, String(low), 'end');
  label(svg, edge, height - 6, clockOf(from));
  label(svg, width - 8, height - 6, clockOf(to), 'end');
  return figure(svg, said);
}

// When a state was on: rows [{ name, spans: [[from, to]…] }].
export function strips({ rows, from, to, said }) {
  const step = 30, left = 150, height = rows.length * step + 26;
  const svg = picture(height, said);
  const x = (at) => left + (width - left - 8) * (Math.min(Math.max(at, from), to) - from) / (to - from);
  rows.forEach((row, place) => {
    const top = place * step + 4;
    svg.append(makeShape('rect', { x: left, y: top, width: width - left - 8, height: step - 8, class: 'strip-ground' }));
    for (const [begin, end] of row.spans) svg.append(makeShape('rect', { x: x(begin), y: top, width: Math.max(2, x(end) - x(begin)), height: step - 8, class: 'strip-on' }));
    label(svg, left - 6, top + 16, row.name.slice(0, 14), 'end');
  });
  for (let hour = Math.ceil(from / 21_600_000) * 21_600_000; hour <= to; hour += 21_600_000) label(svg, x(hour), height - 6, clockOf(hour), 'middle');
  return figure(svg, said);
}

// bars: [{ name, parts: [[value, className]…] }]; all on one scale.
export function bars({ bars: list, said }) {
  const height = 170, bottom = height - 26;
  const svg = picture(height, said);
  const most = Math.max(1, ...list.map((bar) => bar.parts.reduce((sum, part) => sum + part[0], 0)));
  const room = (width - edge - 8) / Math.max(1, list.length);
  list.forEach((bar, place) => {
    let y = bottom;
    for (const [value, className] of bar.parts) {
      if (!value) continue;
      const tall = (bottom - 8) * value / most;
      y -= tall;
      svg.append(makeShape('rect', { x: edge + place * room + room * 0.1, y, width: room * 0.8, height: tall, class: 'bar-part ' + className }));
    }
    if (list.length <= 16 || place % Math.ceil(list.length / 8) === 0) label(svg, edge + (place + 0.5) * room, height - 8, bar.name, 'middle');
  });
  label(svg, edge - 4, 16, String(most), 'end');
  label(svg, edge - 4, bottom, '0', 'end');
  return figure(svg, said);
}

// The stretches in which a series of states was on; the last one goes on until `to`.
export function spans(points, to, isOn = (value) => value === true) {
  const found = [];
  let begin = null;
  for (const [at, value] of points) {
    if (isOn(value)) { begin ??= at; continue; }
    if (begin !== null) found.push([begin, at]);
    begin = null;
  }
  if (begin !== null) found.push([begin, to]);
  return found;
}
