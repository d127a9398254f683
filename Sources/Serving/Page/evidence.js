// What was measured: one line for the card, and a drawing of the pieces that an incident keeps.
import { make, makeShape } from './dom.js';
import { kindName, qualityName, unitName, valueName } from './names.js';
import { word } from './words.js';

// The newest piece, as far as the hub's own clock tells.
export function newest(incident) {
  const pieces = Array.isArray(incident.evidence) ? incident.evidence : [];
  return pieces.reduce((best, piece) => (best === null || String(piece.received_at) >= String(best.received_at) ? piece : best), null);
}

const alike = (incident, piece) => (incident.evidence ?? []).filter((e) => e.kind === piece.kind && e.device === piece.device && typeof e.value === 'number');

function trend(incident, piece) {
  const values = alike(incident, piece).map((e) => e.value);
  if (values.length < 2) return '';
  const change = values.at(-1) - values.at(-2);
  return word(change > 0 ? 'rising' : change < 0 ? 'falling' : 'steady');
}

function valueText(piece) {
  if (piece.value === undefined) return word('hiddenValue');
  if (piece.value === true) return word('flagOn');
  if (piece.value === false) return word('flagOff');
  if (typeof piece.value === 'string') return valueName(piece.value);
  return `${piece.value}${unitName(piece.unit) ? ' ' + unitName(piece.unit) : ''}`;
}

// "血氧 84 %，界限 88 %，↓ 下降"
export function line(incident) {
  const piece = newest(incident);
  if (!piece) return '';
  const parts = [`${kindName(piece.kind)} ${valueText(piece)}`];
  if (piece.limit !== null && piece.limit !== undefined) parts.push(word('limit', { v: `${piece.limit} ${unitName(piece.unit)}`.trim() }));
  const direction = trend(incident, piece);
  if (direction) parts.push(direction);
  return parts.join(' · ');
}

// Where it comes from and how good it is.
export function source(incident) {
  const piece = newest(incident);
  if (!piece) return '';
  const faults = (piece.quality ?? []).map(qualityName);
  return word('source', { d: piece.device, q: faults.length ? word('doubt', { q: faults.join('/') }) : word('sound') });
}

// The kept values over time with their limit; null where there are not two numbers.
export function drawing(incident) {
  const piece = newest(incident);
  const pieces = piece ? alike(incident, piece).map((e) => ({ at: Date.parse(e.received_at), value: e.value, limit: e.limit })).filter((e) => !Number.isNaN(e.at)) : [];
  if (pieces.length < 2) return null;
  const width = 320, height = 96, edge = 8;
  const all = pieces.flatMap((p) => (typeof p.limit === 'number' ? [p.value, p.limit] : [p.value]));
  const low = Math.min(...all), high = Math.max(...all), first = pieces[0].at, last = pieces.at(-1).at;
  const x = (at) => edge + (width - 2 * edge) * (last > first ? (at - first) / (last - first) : 0.5);
  const y = (value) => height - edge - (height - 2 * edge) * (high > low ? (value - low) / (high - low) : 0.5);
  const figure = make('figure', 'chart');
  const said = word('chart', { kind: kindName(piece.kind), low, high, unit: unitName(piece.unit), n: pieces.length });
  const picture = makeShape('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': said });
  const limit = pieces.at(-1).limit;
  if (typeof limit === 'number') picture.append(makeShape('line', { x1: edge, x2: width - edge, y1: y(limit), y2: y(limit), class: 'chart-limit' }));
  picture.append(makeShape('polyline', { points: pieces.map((p) => `${x(p.at).toFixed(1)},${y(p.value).toFixed(1)}`).join(' '), class: 'chart-line' }));
  figure.append(picture, make('figcaption', '', said));
  return figure;
}
