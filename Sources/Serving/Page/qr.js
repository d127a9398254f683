// A QR code of a short text as one SVG, for a telephone's camera (ISO/IEC 18004): bytes, error correction level M, versions 1 to 10.
import { makeShape } from './dom.js';

// Of each version from 1 on: error correction bytes a block; then blocks and data bytes of the two sorts.
const blocks = [
  [10, [[1, 16]]], [16, [[1, 28]]], [26, [[1, 44]]], [18, [[2, 32]]], [24, [[2, 43]]], [16, [[4, 27]]], [18, [[4, 31]]], [22, [[2, 38], [2, 39]]], [22, [[3, 36], [2, 37]]], [26, [[4, 43], [1, 44]]],
];
const alignments = [[], [], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];
const masks = [
  (x, y) => (x + y) % 2, (x, y) => y % 2, (x) => x % 3, (x, y) => (x + y) % 3, (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
  (x, y) => (x * y) % 2 + (x * y) % 3, (x, y) => ((x * y) % 2 + (x * y) % 3) % 2, (x, y) => ((x + y) % 2 + (x * y) % 3) % 2,
];

const powers = [], logs = [];
for (let i = 0, v = 1; i < 255; i += 1) { powers[i] = v; logs[v] = i; v = v & 128 ? (v << 1) ^ 0x11d : v << 1; }
const times = (a, b) => (a && b ? powers[(logs[a] + logs[b]) % 255] : 0);

// Reed-Solomon over GF(256): the remainder of the data by the generator of that degree.
function remainder(data, degree) {
  let generator = [1];
  for (let i = 0; i < degree; i += 1) generator = [...generator, 0].map((v, at) => v ^ times(generator[at - 1] ?? 0, powers[i]));
  const rest = [...data, ...Array(degree).fill(0)];
  for (let i = 0; i < data.length; i += 1) { const factor = rest[i]; generator.forEach((g, at) => { rest[i + at] ^= times(g, factor); }); }
  return rest.slice(data.length);
}

// The bytes as they are written: data and correction of all blocks, interleaved.
function codewords(text, version) {
  const [degree, sorts] = blocks[version - 1], bytes = [...new TextEncoder().encode(text)];
  const room = sorts.reduce((sum, [count, size]) => sum + count * size, 0);
  const bits = [[4, 4], [bytes.length, version < 10 ? 8 : 16], ...bytes.map((b) => [b, 8])].map(([value, n]) => value.toString(2).padStart(n, '0')).join('');
  if (bits.length > room * 8) return null;
  const full = bits.padEnd(Math.min(room * 8, bits.length + 4), '0'), data = [];
  for (let at = 0; at < full.length; at += 8) data.push(parseInt(full.slice(at, at + 8).padEnd(8, '0'), 2));
  for (let pad = 0xec; data.length < room; pad ^= 0xfd) data.push(pad);
  const parts = [];
  let at = 0;
  for (const [count, size] of sorts) for (let i = 0; i < count; i += 1) { parts.push(data.slice(at, at + size)); at += size; }
  const rests = parts.map((part) => remainder(part, degree)), out = [];
  for (const list of [parts, rests]) for (let i = 0; i < Math.max(...list.map((p) => p.length)); i += 1) for (const part of list) if (i < part.length) out.push(part[i]);
  return out;
}

function bch(value, bits, polynomial, degree) {
  let rest = value << degree;
  for (let i = bits - 1; i >= 0; i -= 1) if ((rest >> (i + degree)) & 1) rest ^= polynomial << i;
  return (value << degree) | rest;
}

// What stands in every code of that version: finders, timing, alignment, version; null where data goes.
function ground(version) {
  const size = version * 4 + 17, cells = Array.from({ length: size }, () => Array(size).fill(null));
  const set = (x, y, on) => { if (x >= 0 && y >= 0 && x < size && y < size) cells[y][x] = on; };
  for (let i = 0; i < size; i += 1) { set(6, i, i % 2 === 0); set(i, 6, i % 2 === 0); }
  for (const [cx, cy] of [[3, 3], [size - 4, 3], [3, size - 4]]) {
    for (let dy = -4; dy <= 4; dy += 1) for (let dx = -4; dx <= 4; dx += 1) { const d = Math.max(Math.abs(dx), Math.abs(dy)); set(cx + dx, cy + dy, d !== 2 && d !== 4); }
  }
  const places = alignments[version], last = places.at(-1);
  for (const cx of places) for (const cy of places) {
    if ((cx === 6 && (cy === 6 || cy === last)) || (cx === last && cy === 6)) continue;
    for (let dy = -2; dy <= 2; dy += 1) for (let dx = -2; dx <= 2; dx += 1) set(cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
  }
  if (version >= 7) {
    const told = bch(version, 6, 0x1f25, 12);
    for (let i = 0; i < 18; i += 1) { const on = Boolean((told >> i) & 1), a = size - 11 + (i % 3), b = Math.floor(i / 3); set(a, b, on); set(b, a, on); }
  }
  writeFormat(cells, 0);
  return cells;
}

function writeFormat(cells, mask) {
  const size = cells.length, told = bch(mask, 5, 0x537, 10) ^ 0x5412, on = (i) => Boolean((told >> i) & 1);
  for (let i = 0; i < 15; i += 1) {
    cells[i < 6 ? i : i < 8 ? i + 1 : size - 15 + i][8] = on(i);
    cells[8][i < 8 ? size - 1 - i : i === 8 ? 7 : 14 - i] = on(i);
  }
  cells[size - 8][8] = true;
}

// How badly a camera would read it: runs, blocks, finder-like rows, and more of one colour than of the other.
function penalty(cells) {
  const size = cells.length;
  let sum = 0, dark = 0;
  for (const get of [(a, b) => cells[a][b], (a, b) => cells[b][a]]) {
    for (let a = 0; a < size; a += 1) {
      const line = Array.from({ length: size }, (_, b) => (get(a, b) ? '1' : '0')).join('');
      for (const run of line.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
      for (let b = 0; b + 11 <= size; b += 1) if (['10111010000', '00001011101'].includes(line.slice(b, b + 11))) sum += 40;
    }
  }
  for (let y = 0; y < size; y += 1) for (let x = 0; x < size; x += 1) {
    if (cells[y][x]) dark += 1;
    if (x && y && cells[y][x] === cells[y - 1][x] && cells[y][x] === cells[y][x - 1] && cells[y][x] === cells[y - 1][x - 1]) sum += 3;
  }
  return sum + Math.floor(Math.abs(dark * 20 - size * size * 10) / (size * size)) * 10;
}

function fill(cells, bytes, mask) {
  const size = cells.length, out = cells.map((row) => [...row]);
  let bit = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const y = ((right + 1) & 2) === 0 ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (cells[y][x] !== null) continue;
        const on = bit < bytes.length * 8 && ((bytes[bit >> 3] >> (7 - (bit & 7))) & 1) === 1;
        out[y][x] = on !== (masks[mask](x, y) === 0);
        bit += 1;
      }
    }
  }
  writeFormat(out, mask);
  return out;
}

// Rows of booleans; null for a text that is too long.
export function modules(text) {
  for (let version = 1; version <= blocks.length; version += 1) {
    const bytes = codewords(text, version);
    if (!bytes) continue;
    const bare = ground(version), all = masks.map((_, mask) => fill(bare, bytes, mask)), costs = all.map(penalty);
    return all[costs.indexOf(Math.min(...costs))];
  }
  return null;
}

// With the four light cells around it that a camera needs.
export function picture(text, said) {
  const cells = modules(text);
  if (!cells) return null;
  const size = cells.length + 8, svg = makeShape('svg', { viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': said, class: 'qr' });
  const path = cells.flatMap((row, y) => row.map((on, x) => (on ? `M${x + 4} ${y + 4}h1v1h-1z` : ''))).join('');
  svg.append(makeShape('rect', { width: size, height: size, class: 'qr-light' }), makeShape('path', { d: path, class: 'qr-dark' }));
  return svg;
}
