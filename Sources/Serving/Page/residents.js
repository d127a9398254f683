// Residents: whom the hub looks after, whether each is protected right now, and everything about one.
import * as charts from './charts.js';
import { at, make, makeButton, put } from './dom.js';
import { PressForm, pressLine } from './forms.js';
import * as frame from './frame.js';
import * as hub from './hub.js';
import { kindName, unitName } from './names.js';
import './people-words.js';
import * as presses from './presses.js';
import { made } from './proof.js';
import { mayPress } from './who.js';
import { language, span, word } from './words.js';

const vital = (one) => one.kind.startsWith('vital.') && one.points.some((p) => typeof p[1] === 'number');
const stripKinds = ['behaviour.motion', 'behaviour.presence', 'behaviour.bed_occupancy', 'behaviour.chair_occupancy', 'behaviour.opening', 'behaviour.worn', 'behaviour.region'];
// A movement is told as one moment: drawn so long that it can be seen.
const momentMilliseconds = 120_000;
let list = [];
let one = null;
let readings = null;
let incidents = [];
let modes = [];

// For how long, in seconds: what is longer is told again.
const modeChoices = [[3_600, 'forHours', 1], [14_400, 'forHours', 4], [43_200, 'forHours', 12], [86_400, 'forDays', 1], [259_200, 'forDays', 3], [604_800, 'forDays', 7], [1_209_600, 'forDays', 14], [2_592_000, 'forDays', 30], [7_776_000, 'forDays', 90]];
const modeForm = new PressForm([
  { name: 'mode', kind: 'choice', label: 'modeWhat', choices: ['visitors', 'away', 'hospital'].map((name) => [name, 'mode_' + name]), isNeeded: true },
  { name: 'whom', kind: 'choice', label: 'modeWhom', choices: [['person', 'thisPerson'], ['home', 'wholeHome']], isNeeded: true },
  { name: 'seconds', kind: 'choice', label: 'modeFor', choices: modeChoices.map(([seconds, name, n]) => [seconds, name, { n }]), isNeeded: true },
], 'setModeNow', (body) => presses.add(one.home.home, 'mode', { mode: body.mode, seconds: Number(body.seconds), ...(body.whom === 'person' && body.mode !== 'visitors' ? { resident: one.resident.resident } : {}) }));

const search = make('input'), label = make('label', 'search'), labelWord = make('span'), people = make('ol');
search.type = 'search';
search.id = 'search';
search.maxLength = 80;
label.append(labelWord, search);
search.addEventListener('input', writeList);

const reasonText = (reason) => `${reason.well ? '✔' : '✖'} ${word('guard_' + reason.code + (reason.well ? '' : '_not'))}${reason.detail ? ` (${reason.detail})` : ''}`;

function guardLine(isProtected, reasons) {
  const box = make('div');
  box.append(make('p', isProtected ? 'well' : 'unwell', word(isProtected ? 'protected' : 'unprotected')));
  for (const reason of reasons) box.append(make('p', reason.well ? 'well' : 'unwell', reasonText(reason)));
  return box;
}

function writeList() {
  const wanted = search.value.trim().toLowerCase();
  const items = list.filter((r) => !wanted || [r.name, r.resident, r.address, r.station].join(' ').toLowerCase().includes(wanted)).map((r) => {
    const item = make('li', 'pane'), link = make('a', 'place', `${r.name || r.resident} · ${r.address}`);
    link.href = '#id=' + encodeURIComponent(r.resident);
    item.dataset.resident = r.resident;
    item.append(link, make('p', 'source', [r.resident, r.station, r.born].filter(Boolean).join(' · ')), guardLine(r.protected, r.reasons));
    return item;
  });
  people.replaceChildren(...items);
}

function pane(name, ...parts) {
  const section = make('section', 'pane');
  section.dataset.pane = name;
  section.append(make('h2', '', word(name)), ...parts.filter(Boolean));
  return section;
}

// What wore the person last says belongs to the reasons too.
function wornReason() {
  const worn = (readings?.series ?? []).filter((s) => s.kind === 'behaviour.worn' && s.points.length).map((s) => s.points.at(-1)[1]);
  return worn.length ? [{ code: 'worn', well: worn.includes(true), detail: '' }] : [];
}

function drawings() {
  const from = Date.parse(readings.from), to = Date.parse(readings.through);
  const parts = [];
  for (const series of readings.series.filter(vital)) {
    const points = series.points.filter((p) => typeof p[1] === 'number'), values = points.map((p) => p[1]);
    const usual = charts.usual(series, to - 1, 'usualNow');
    const said = word('chartDay', { kind: `${kindName(series.kind)} · ${series.device}`, n: points.length, low: Math.min(...values), high: Math.max(...values), unit: unitName(series.unit), last: values.at(-1), usual: usual.said });
    parts.push(charts.line({ points, bands: usual.bands, from, to, said }));
  }
  return parts.length ? parts : [make('p', '', word('noVitals'))];
}

function strips() {
  const from = Date.parse(readings.from), to = Date.parse(readings.through);
  const rows = readings.series.filter((s) => stripKinds.includes(s.kind)).map((s) => {
    const isState = ['behaviour.bed_occupancy', 'behaviour.chair_occupancy', 'behaviour.opening', 'behaviour.presence', 'behaviour.worn'].includes(s.kind);
    const found = isState ? charts.spans(s.points, to) : s.points.filter((p) => p[1] !== false && p[1] !== 0).map((p) => [p[0], p[0] + momentMilliseconds]);
    return { name: [s.room, kindName(s.kind)].filter(Boolean).join(' '), spans: found };
  });
  if (!rows.length) return make('p', '', word('noStrips'));
  return charts.strips({ rows, from, to, said: word('stripsSaid', { n: rows.length, list: rows.map((r) => `${r.name} ${r.spans.length}`).join(', ') }) });
}

// Visitors, absence, hospital: with whom, until when and who told it; what was pressed stays visible until the hub has it.
function modePane() {
  const home = one.home.home, told = modes.filter((m) => m.home === home), own = told.filter((m) => !m.resident || m.resident === one.resident.resident);
  const lines = told.map((m) => {
    const line = make('p', 'offer', word('modeLine', { what: word('mode_' + m.mode), whom: m.resident ? (m.resident === one.resident.resident ? one.resident.name || m.resident : m.resident) : word('wholeHome'), since: frame.time(m.since), until: frame.time(m.until) }));
    line.dataset.mode = m.mode;
    if (m.told_by) line.append(make('span', 'source', ' · ' + word('modeBy', { who: m.told_by })));
    return line;
  });
  const row = make('div', 'actions');
  const act = (verb, name, press) => {
    const button = makeButton('', press);
    button.dataset.verb = verb;
    button.textContent = word(name);
    button.disabled = presses.isUnderWay(home, 'mode');
    row.append(button);
  };
  if (mayPress()) act('mode', 'setMode', () => { modeForm.open(); });
  if (mayPress() && own.length) act('normal', 'endModes', () => presses.add(home, 'mode', { mode: 'normal', ...(own.every((m) => m.resident) ? { resident: one.resident.resident } : {}) }));
  const spoken = make('ul', 'presses');
  spoken.append(...presses.of(home).filter((p) => p.verb === 'mode').map((p) => pressLine(p, presses.dismiss)));
  modeForm.write();
  return pane('modesTitle', ...(lines.length ? lines : [make('p', '', word('noModes'))]), row, modeForm.root, spoken, make('p', 'source', word('modeMeans')));
}

const tierText = (tier) => word('tierLine', { t: span(tier.after_s), who: whom(tier) }) + (tier.propose_120 ? ' · ' + word('proposes120') : '');
const whom = (tier) => [...tier.posts, ...tier.queues].join(', ');

// What is otherwise at some hours: one line for each sort of incident that a response of these hours takes.
function planByTime() {
  if (!one.plan_by_time.length) return [make('p', '', word('planByTimeNone'))];
  const lines = one.plan_by_time.flatMap((response) => response.takes.map((share) => {
    // Only important and urgent ones go on from the first tier.
    const goesOn = share.priorities.filter((p) => p === 'high' || p === 'medium'), [first, ...later] = response.tiers;
    const what = [...share.categories.map((c) => word('cat_' + c)), ...response.kinds].join(word('comma')), line = make('p');
    line.dataset.response = response.name;
    line.append(make('strong', '', word('planLine', { when: response.between, what: `${what} ${share.priorities.map((p) => word(p)).join(word('comma'))}` })));
    const then = goesOn.length ? later.map(tierText).join(' → ') : '';
    line.append(make('span', '', [
      response.hold_until ? word('planHeld', { t: response.hold_until, who: whom(first) }) : tierText(first), then ? word('planThen', { steps: then }) : '',
      then && goesOn.length < share.priorities.length ? word('planOnlyMedium') : '',
      response.hold_until && share.categories.includes('technical') ? word('planLastPath') : ''].filter(Boolean).join(word('semicolon'))));
    return line;
  }));
  return [...lines, make('p', 'source', word('planSame')), make('p', 'source', word('planUntilNow'))];
}

function writeOne() {
  // Who is filling in the form is not disturbed.
  if (!modeForm.root.hidden && modeForm.root.contains(document.activeElement)) return;
  const r = one.resident, home = one.home;
  const back = make('a', 'button no-print', word('allResidents'));
  back.href = '#';
  const reasons = [...one.reasons, ...wornReason()];
  const contacts = r.contacts.map((c) => [c.name, c.relation, c.phone, c.holds_key ? word('holdsKey') : '', c.minutes_away === null ? '' : word('minutesAway', { n: c.minutes_away })]);
  const devices = one.devices.map((d) => ({
    className: d.silent ? 'dead' : '',
    cells: [d.device, d.room, d.profile, d.last_seen_at ? word('ago', { t: span((hub.hubNow() - Date.parse(d.last_seen_at)) / 1_000) }) : word('neverSeen'), d.expected_s === null ? '–' : span(d.expected_s),
      d.silent === null ? word('notSupervised') : word(d.silent ? 'silent' : 'alive')],
  }));
  const limits = one.limits.map((l) => [l.rule, l.numbers.map(([n, v]) => `${n} ${v}`).join(', '), l.set_by ?? word('notWritten')]);
  const rules = one.rules.map((rule) => [rule.rule, rule.device ?? '', word(rule.priority), rule.off ? word('offBecause', { n: 1, why: rule.off[language()] }) : made(rule)]);
  const plan = one.plan.map((p) => {
    const line = make('p', p.priority);
    line.append(make('span', 'priority', word(p.priority)), make('span', '', ' ' + p.tiers.map(tierText).join(' → ')));
    return line;
  });
  const open = incidents.map((i) => {
    const link = make('a', '', `${frame.time(i.opened_at)} · ${word(i.priority)} · ${i.text?.[language()] ?? i.kind}`);
    link.href = `/page/incident.html#id=${encodeURIComponent(i.id)}`;
    const line = make('p');
    line.append(link);
    return line;
  });
  const columns = make('div', 'columns'), left = make('div'), right = make('div');
  left.append(
    pane('guardState', guardLine(reasons.every((x) => x.well), reasons)), modePane(), pane('openIncidents', ...(open.length ? open : [make('p', '', word('calm'))])),
    pane('aboutPerson', frame.facts([['resident', r.resident], ['born', r.born], ['sex', r.sex === 'unknown' ? '' : word('sex_' + r.sex)], ['notes', r.notes], ['address', home.address], ['station', home.station], ['access', home.access], ['occupants', home.occupants], ['pets', word(home.pets ? 'petsYes' : 'petsNo')], ['consent', r.consent.join(', ') || word('noConsent')], ['chains', r.chains.join(', ')]])),
    pane('contacts', contacts.length ? frame.table(['who_', 'relation', 'phone', 'key', 'distance'].map((n) => word(n)), contacts, word('contacts')) : make('p', '', word('noContacts'))),
    pane('planTitle', ...plan), pane('planByTime', ...planByTime()),
    pane('limits', limits.length ? frame.table(['rule', 'numbers', 'setBy'].map((n) => word(n)), limits, word('limits')) : null, make('p', 'source', word('limitsWho'))));
  right.append(
    pane('vitals', ...(readings ? drawings() : [make('p', '', word('asking'))])), pane('dayStrip', readings ? strips() : make('p', '', word('asking')), readings?.is_cut ? make('p', 'notice', word('readingsCut')) : null),
    pane('knownDevices', frame.table(['device', 'room', 'profileWord', 'lastHeard', 'expected', 'state'].map((n) => word(n)), devices, word('knownDevices'))),
    pane('rulesThatWatch', frame.table(['rule', 'device', 'priority', 'proofWord'].map((n) => word(n)), rules, word('rulesThatWatch'))));
  columns.append(left, right);
  at('body').replaceChildren(back, make('h2', 'sentence', r.name || r.resident), columns);
}

function write() {
  if (one) return writeOne();
  put(labelWord, word('search'));
  if (!label.isConnected) at('body').replaceChildren(label, people);
  writeList();
}

async function read(isNewest) {
  const id = frame.place('id');
  if (!id) {
    one = null;
    const { status, body } = await hub.ask('/api/v1/residents');
    if (!isNewest() || !frame.tell(status)) return;
    list = body.residents;
    return write();
  }
  const address = `/api/v1/residents/${encodeURIComponent(id)}`;
  const [found, all, told] = await Promise.all([hub.ask(address), hub.readList(), hub.ask('/api/v1/modes')]);
  if (!isNewest() || !frame.tell(found.status)) return;
  if (one?.resident.resident !== id) { readings = null; modeForm.root.hidden = true; }
  if (told.status === 200) modes = told.body.modes;
  one = found.body;
  incidents = all.status === 200 ? all.body.incidents.filter((i) => i.resident === id || (i.home === one.home.home && !i.resident)) : [];
  write();
  const day = await hub.ask(address + '/readings?hours=24', {}, 60_000);
  // Somebody else's page may be shown by now: these readings are not that person's.
  if (!isNewest()) return;
  if (day.status === 200) readings = day.body;
  document.documentElement.dataset.readings = String(day.status);
  write();
}

addEventListener('hashchange', () => { one = null; at('body').replaceChildren(); frame.again(); });
presses.begin((subject) => { if (one?.home.home !== subject) return; if (!presses.isUnderWay(subject, 'mode')) frame.again(); else writeOne(); }, () => frame.tell(401));
frame.begin({ name: 'residents', every: 10_000, read, write });
