// The replay desk: a log or a stretch of the journal through the same core, with faults or under another configuration, and what differs.
import * as charts from './charts.js';
import { at, make, makeButton, put } from './dom.js';
import * as frame from './frame.js';
import * as hub from './hub.js';
import { kindName } from './names.js';
import { word } from './words.js';

const speeds = [1, 60, 600, 3_600];
const tickMilliseconds = 200;
let result = null;
let answered = '';
let configurations = [];
let now = 0;
let playing = null;

function field(id, name, type, value, more = {}) {
  const label = make('label'), text = make('span'), input = make('input');
  input.id = id;
  input.type = type;
  if (value !== undefined) input.value = value;
  for (const [key, one] of Object.entries(more)) input[key] = one;
  label.append(text, input);
  return { label, input, write: () => put(text, word(name)) };
}

function choice(id, name) {
  const label = make('label'), text = make('span'), input = make('select');
  input.id = id;
  label.append(text, input);
  return { label, input, write: () => put(text, word(name)) };
}

const fields = {
  since: field('since', 'since', 'datetime-local', undefined, { step: 1 }), until: field('until', 'until', 'datetime-local', undefined, { step: 1 }),
  log: field('log', 'logFile', 'file', undefined, { accept: '.jsonl,.log,.json,.txt' }), configuration: choice('configuration', 'configuration'),
  drop: field('drop', 'dropPercent', 'number', 0, { min: 0, max: 100 }), duplicate: field('duplicate', 'duplicatePercent', 'number', 0, { min: 0, max: 100 }),
  delay: field('delay', 'delaySeconds', 'number', 0, { min: 0, max: 3_600 }), clock: field('clock', 'clockSeconds', 'number', 0, { min: -86_400, max: 86_400 }),
};
const form = make('form', 'pane'), first = make('div', 'row'), second = make('div', 'row'), run = make('button', 'primary'), state = make('p');
run.type = 'submit';
run.id = 'run';
state.setAttribute('role', 'status');
first.append(fields.since.label, fields.until.label, fields.log.label, fields.configuration.label);
second.append(fields.drop.label, fields.duplicate.label, fields.delay.label, fields.clock.label, run);
form.append(first, second, state);

const player = make('section', 'pane'), tools = make('div', 'row'), speed = choice('speed', 'speed'), seek = field('seek', 'seek', 'range', 0, { min: 0, max: 1_000 });
const play = makeButton('', () => { if (playing) stop(); else start(); });
play.id = 'play';
const shown = make('p', 'place'), drawing = make('div'), happened = make('ol'), sums = make('section', 'pane');
tools.append(play, speed.label, seek.label);
player.append(tools, shown, drawing, happened);

const local = (milliseconds) => new Date(milliseconds - new Date(milliseconds).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
const shownRun = () => result.changed ?? result.recorded;
// A clock that was set may put incidents beside the traffic.
function edges() {
  const opened = shownRun().incidents.map((i) => Date.parse(i.opened_at));
  return [Math.min(result.traffic[0]?.[0] ?? 0, ...opened.map((at) => at - 1_000)), Math.max((result.traffic.at(-1)?.[0] ?? 0) + 60_000, ...opened.map((at) => at + 1_000))];
}

function start() {
  const [from, to] = edges();
  if (now >= to) now = from;
  playing = setInterval(() => {
    now += tickMilliseconds * Number(speed.input.value);
    if (now >= to) { now = to; stop(); }
    seek.input.value = String(Math.round(1_000 * (now - from) / (to - from)));
    writePlayer();
  }, tickMilliseconds);
  write();
}

function stop() {
  clearInterval(playing);
  playing = null;
  write();
}

seek.input.addEventListener('input', () => {
  const [from, to] = edges();
  now = from + (to - from) * Number(seek.input.value) / 1_000;
  writePlayer();
});

// The n-th incident of a kind and resident is held against the n-th.
export function differences(before, after) {
  const key = (i) => `${i.resident ?? i.home ?? i.device ?? ''} ${i.kind}`;
  const groups = new Map();
  for (const [side, list] of [[0, before], [1, after]]) for (const one of list) {
    if (!groups.has(key(one))) groups.set(key(one), [[], []]);
    groups.get(key(one))[side].push(one);
  }
  const found = [];
  for (const [a, b] of groups.values()) {
    for (let place = 0; place < Math.max(a.length, b.length); place += 1) {
      const old = a[place], fresh = b[place];
      const by = old && fresh ? (Date.parse(fresh.opened_at) - Date.parse(old.opened_at)) / 1_000 : 0;
      found.push({ what: !old ? 'added' : !fresh ? 'lost' : by < 0 ? 'earlier' : by > 0 ? 'later' : 'same', incident: fresh ?? old, by });
    }
  }
  return found.sort((x, y) => Date.parse(x.incident.opened_at) - Date.parse(y.incident.opened_at));
}

function writePlayer() {
  const [from, to] = edges();
  put(shown, `${new Date(now).toLocaleString(document.documentElement.lang, { hour12: false })} · ${word('opened', { n: shownRun().incidents.filter((i) => Date.parse(i.opened_at) <= now).length })}`);
  happened.replaceChildren(...shownRun().incidents.filter((i) => Date.parse(i.opened_at) <= now).slice(-20).reverse().map((i) =>
    make('li', 'tap-row', `${frame.time(i.opened_at)} · ${word(i.priority)} · ${kindName(i.kind)} · ${i.resident ?? i.home ?? i.device ?? ''} · ${i.rule}`)));
  const step = Math.max(1, Math.ceil(result.traffic.length / 48));
  const list = [];
  for (let place = 0; place < result.traffic.length; place += step) {
    const group = result.traffic.slice(place, place + step);
    list.push({ name: new Date(group[0][0]).toLocaleTimeString(document.documentElement.lang, { hour12: false, hour: '2-digit', minute: '2-digit' }),
      parts: [[group.reduce((sum, one) => sum + one[1], 0), group[0][0] <= now && now < group.at(-1)[0] + 60_000 ? 'now' : 'information']] });
  }
  const said = word('trafficSaid', { n: result.lines, from: frame.time(from), to: frame.time(to) });
  drawing.replaceChildren(charts.bars({ bars: list, said }));
}

function compared(title, before, after) {
  const all = differences(before, after), counts = { added: 0, lost: 0, earlier: 0, later: 0, same: 0 };
  for (const one of all) counts[one.what] += 1;
  const part = make('section');
  part.dataset.compared = title;
  part.append(make('h2', '', word(title)), make('p', 'place', Object.entries(counts).map(([name, n]) => `${word('diff_' + name)} ${n}`).join(' · ')));
  const rows = all.filter((one) => one.what !== 'same').slice(0, 200).map((one) => [word('diff_' + one.what), one.by ? `${one.by > 0 ? '+' : ''}${one.by.toFixed(1)} s` : '', frame.time(one.incident.opened_at), kindName(one.incident.kind), one.incident.resident ?? one.incident.home ?? '', one.incident.rule]);
  if (rows.length) part.append(frame.table(['difference', 'by', 'when', 'what', 'resident', 'rule'].map((n) => word(n)), rows, word(title)));
  return part;
}

function write() {
  for (const one of [...Object.values(fields), speed, seek]) one.write();
  put(run, word('runReplay'));
  put(play, word(playing ? 'tapHold' : 'playIt'));
  put(state, answered ? word(answered) : '');
  if (!form.isConnected) at('body').append(form, player, sums);
  const wanted = [['now', word('inForce')], ['disk', word('onDisk')], ...configurations.filter((c) => !c.in_force).map((c) => [c.digest, `${c.digest.slice(0, 12)} · ${frame.time(c.at)}`])];
  const kept = fields.configuration.input.value || 'now';
  fields.configuration.input.replaceChildren(...wanted.map(([value, text]) => { const option = make('option', '', text); option.value = value; return option; }));
  fields.configuration.input.value = kept;
  const rate = speed.input.value || '60';
  speed.input.replaceChildren(...speeds.map((n) => { const option = make('option', '', `${n}×`); option.value = String(n); return option; }));
  speed.input.value = rate;
  player.hidden = sums.hidden = result === null;
  if (result === null) return;
  writePlayer();
  const parts = [make('p', '', word('replaySaid', { lines: result.lines, bad: result.bad_lines.length, readings: result.recorded.readings, n: result.recorded.total, ms: result.ms }))];
  if (result.is_cut) parts.push(make('p', 'notice', word('replayCut')));
  for (const bad of result.bad_lines) parts.push(make('p', 'unwell', word('badLine', { text: bad })));
  const f = result.faults;
  if (f.dropped || f.delayed || f.duplicated || f.clock_seconds) parts.push(make('p', '', word('faultsSaid', { dropped: f.dropped, delayed: f.delayed, duplicated: f.duplicated, clock: f.clock_seconds })));
  if (result.live) parts.push(compared('againstLive', result.live, result.recorded.incidents));
  if (result.changed) parts.push(compared(result.other_configuration ? 'againstOther' : 'againstRecorded', result.recorded.incidents, result.changed.incidents));
  sums.replaceChildren(...parts);
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  stop();
  answered = 'replaying';
  write();
  const query = new URLSearchParams();
  for (const name of ['drop', 'duplicate', 'delay', 'clock', 'configuration']) query.set(name, fields[name].input.value || '0');
  const file = fields.log.input.files[0];
  if (!file) for (const name of ['since', 'until']) query.set(name, new Date(fields[name].input.value).toISOString());
  const { status, body } = await hub.replay(query.toString(), file ? await file.text() : '');
  answered = status === 200 ? '' : status === 503 ? 'replayBusy' : body.error?.code === 'faulty_configuration' ? 'faultyConfiguration' : 'notAnswered';
  if (status === 200) { result = body; now = edges()[1]; seek.input.value = '1000'; }
  document.documentElement.dataset.replayed = String(status);
  write();
});

async function read() {
  const { status, body } = await hub.ask('/api/v1/configurations');
  if (!frame.tell(status)) return;
  configurations = body.configurations;
  // Last night: the twelve hours until now.
  const end = hub.hubNow();
  fields.until.input.value = local(end + 1_000);
  fields.since.input.value = local(end - 12 * 3_600_000);
  write();
}

frame.begin({ name: 'replay', read, write });
