// The live tap: every message as it came, what the profiles made of it, and the incidents that it touched.
import { at, make, makeButton, put } from './dom.js';
import * as frame from './frame.js';
import * as hub from './hub.js';
import { kindName, qualityName, unitName, valueName } from './names.js';
import { word } from './words.js';

const keptMax = 1_000;
const shownMax = 200;
let rows = [];
let next = null;
let dropped = 0;
let isHeld = false;

const row = make('div', 'row');
const label = make('label'), labelWord = make('span'), filter = make('input');
filter.type = 'search';
filter.maxLength = 120;
filter.id = 'filter';
label.append(labelWord, filter);
const hold = makeButton('', () => { isHeld = !isHeld; write(); }), save = makeButton('', saveLog), clear = makeButton('', () => { rows = []; write(); });
hold.id = 'hold';
save.id = 'save';
row.append(label, hold, save, clear);
const state = make('p', 'source');
state.setAttribute('role', 'status');
const list = make('ol');
filter.addEventListener('input', write);

const chosen = () => rows.filter((one) => one.topic.includes(filter.value.trim()) || one.readings.some((r) => r.device.includes(filter.value.trim())));

function item(one) {
  const box = make('li', 'tap-row' + (one.hits.length ? ' hit' : one.unknown || one.rejected.length ? ' unknown' : ''));
  box.append(make('p', 'place', `${new Date(one.at).toLocaleTimeString(document.documentElement.lang, { hour12: false })} ${one.topic}`));
  for (const reading of one.readings) {
    const value = reading.value === true ? word('flagOn') : reading.value === false ? word('flagOff') : typeof reading.value === 'string' ? valueName(reading.value) : `${reading.value} ${unitName(reading.unit)}`;
    box.append(make('p', '', `→ ${reading.device} · ${kindName(reading.kind)} ${value}` + (reading.quality.length ? ` · ⚠ ${reading.quality.map(qualityName).join('/')}` : '')));
  }
  for (const reason of one.rejected) box.append(make('p', 'unwell', word('rejectedBecause', { why: reason })));
  if (one.unknown) box.append(make('p', '', word('unregistered')));
  for (const hit of one.hits) box.append(make('p', 'unwell', `⚑ ${hit.rule} · ${word(hit.priority)} · ${hit.incident} r${hit.revision}`));
  box.append(make('code', '', (one.payload ?? `base64 ${one.payload_base64}`) + (one.cut ? ` … (${one.payloadlen})` : '')));
  return box;
}

function write() {
  put(labelWord, word('tapFilter'));
  put(hold, word(isHeld ? 'tapGoOn' : 'tapHold'));
  hold.setAttribute('aria-pressed', String(isHeld));
  put(save, word('tapSave'));
  put(clear, word('tapClear'));
  if (!row.isConnected) at('body').append(row, state, list);
  const shown = chosen();
  put(state, word('tapState', { n: shown.length, all: rows.length, dropped }) + (shown.length > shownMax ? ' · ' + word('tapShown', { n: shownMax }) : ''));
  if (!isHeld) list.replaceChildren(...shown.slice(-shownMax).reverse().map(item));
}

// As a device log: what `vigil replay` and the replay desk read. A payload that was cut can't be saved.
function saveLog() {
  const whole = chosen().filter((one) => !one.cut);
  const lines = whole.map((one) => JSON.stringify({
    tst: one.at, topic: one.topic, qos: one.qos, retain: one.retain ? 1 : 0, payloadlen: one.payloadlen, link: one.link,
    ...(one.payload === undefined ? { payload_base64: one.payload_base64 } : { payload: one.payload }),
  }) + '\n');
  const link = make('a');
  link.href = URL.createObjectURL(new Blob(lines, { type: 'application/jsonl' }));
  link.download = 'vigil-tap.jsonl';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  document.documentElement.dataset.saved = String(whole.length);
}

async function read(isNewest) {
  const { status, body } = await hub.ask('/api/v1/tap' + (next === null ? '' : `?after=${next}`));
  if (!isNewest() || !frame.tell(status)) return;
  next = body.next;
  dropped += body.dropped;
  rows.push(...body.rows);
  if (rows.length > keptMax) { dropped += rows.length - keptMax; rows = rows.slice(-keptMax); }
  write();
}

frame.begin({ name: 'tap', every: 1_000, read, write });
