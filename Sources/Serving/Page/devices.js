// The technician's page: what the hub heard and doesn't know, adoption, and the walk test of a device in its place.
import { arrange, at, make, makeButton, put } from './dom.js';
import { PressForm, pressLine } from './forms.js';
import * as frame from './frame.js';
import * as hub from './hub.js';
import { faultName, kindName, qualityName, unitName, valueName } from './names.js';
import * as presses from './presses.js';
import { span, word } from './words.js';

const readEveryMilliseconds = 2_000;
const walkSeconds = 300;
const walksKey = 'vigil.walks';
const known = new Map();
const unknown = new Map();
// By device: the open incidents about its own faults.
const faults = new Map();
let walks = {};
try { walks = JSON.parse(sessionStorage.getItem(walksKey) ?? '{}'); } catch { walks = {}; }

function keepWalks() { sessionStorage.setItem(walksKey, JSON.stringify(walks)); }

const pressLines = (subject) => presses.of(subject).map((press) => pressLine(press, presses.dismiss));

// One message that nobody registered, and the form that gives its device a home.
class Stranger {
  constructor(row) {
    this.row = row;
    this.root = make('li', 'card');
    this.title = make('h3', 'place');
    this.told = make('p', 'what');
    this.payload = make('pre', 'payload');
    this.payload.tabIndex = 0;
    this.adopt = makeButton('primary', () => this.open());
    this.adopt.dataset.verb = 'adopt';
    this.formPlace = make('div');
    this.presses = make('ul', 'presses');
    const spoken = make('div');
    spoken.setAttribute('role', 'status');
    spoken.append(this.presses);
    this.root.append(this.title, this.told, this.payload, this.adopt, this.formPlace, spoken);
  }

  get isFilledIn() { return this.form?.root.hidden === false; }

  open() {
    this.form ??= new PressForm([
      { name: 'profile', kind: 'line', label: 'profile', isNeeded: true, list: 'profiles' }, { name: 'home', kind: 'line', label: 'home', isNeeded: true, list: 'homes' },
      { name: 'residents', kind: 'line', label: 'residents', list: 'residents' }, { name: 'room', kind: 'line', label: 'room' },
    ], 'adoptNow', (body) => presses.add(this.row.device, 'adopt', {
      device: this.row.device, profile: body.profile, home: body.home, room: body.room, residents: body.residents.split(/[,，\s]+/).filter(Boolean),
    }));
    if (!this.form.root.isConnected) {
      this.formPlace.append(this.form.root);
      // The best guess of the hub, to be looked at by a person.
      this.form.parts[0].input.value = this.row.candidates?.[0] ?? '';
    }
    this.form.write();
    this.form.open();
  }

  write() {
    const row = this.row;
    put(this.title, row.device ?? row.topic);
    put(this.told, [row.topic, word(row.why), word('heard', { n: row.count, t: span((hub.hubNow() - Date.parse(row.received_at)) / 1_000) }), (row.candidates ?? []).join(', ')].filter(Boolean).join(' · '));
    put(this.payload, row.payload ?? row.payload_base64 ?? '');
    this.adopt.hidden = !row.device;
    this.adopt.disabled = presses.isUnderWay(row.device, 'adopt');
    put(this.adopt, word('adopt'));
    this.form?.write();
    this.presses.replaceChildren(...pressLines(row.device));
  }
}

// One device that is bound, with its walk test.
class Known {
  constructor(row) {
    this.row = row;
    this.root = make('li', 'card');
    this.root.dataset.device = row.device;
    this.title = make('h3', 'place');
    this.told = make('p', 'what');
    this.seen = make('p', 'source');
    this.fault = make('p', 'unwell');
    this.ask = makeButton('', () => this.look());
    this.ask.dataset.verb = 'state';
    this.itself = make('p', 'source');
    this.itself.setAttribute('role', 'status');
    this.walk = makeButton('', () => this.begin());
    this.walk.dataset.verb = 'arm';
    this.state = make('p', 'offer');
    this.state.setAttribute('role', 'status');
    this.presses = make('ul', 'presses');
    this.root.append(this.title, this.told, this.seen, this.fault, this.itself, this.ask, this.walk, this.state, this.presses);
  }

  // What the device last said of itself: battery, link, clock.
  async look() {
    const own = this.looks = (this.looks ?? 0) + 1;
    this.said = 'asking';
    this.write();
    const { status, body } = await hub.readDeviceState(this.row.device);
    if (own !== this.looks) return;
    [this.said, this.body] = [status === 200 ? 'told' : 'notAnswered', body];
    this.write();
  }

  get itselfText() {
    if (!this.said) return '';
    if (this.said !== 'told') return word(this.said);
    const value = (one) => (one.value === true ? word('flagOn') : one.value === false ? word('flagOff') : typeof one.value === 'string' ? valueName(one.value) : `${one.value} ${unitName(one.unit)}`.trim());
    const lines = this.body.newest.map((one) => `${kindName(one.kind)} ${value(one)}${one.quality.length ? ` ⚠ ${one.quality.map(qualityName).join('/')}` : ''} (${word('ago', { t: span((hub.hubNow() - Date.parse(one.at)) / 1_000) })})`);
    if (this.body.clock_s !== null) lines.push(word('clockOff', { n: this.body.clock_s > 0 ? '+' + this.body.clock_s : this.body.clock_s }));
    return lines.join(' · ') || word('saidNothing');
  }

  // The device's first press within the time is a drill: it reaches the drill queues and nobody else.
  begin() {
    walks[this.row.device] = { begunAt: hub.hubNow(), seenBefore: this.row.last_seen_at ?? '' };
    keepWalks();
    presses.add(this.row.device, 'arm', { seconds: walkSeconds });
    this.write();
  }

  get walkState() {
    const walk = walks[this.row.device];
    if (!walk) return '';
    if (walk.drill) return word('walkDrill', { id: walk.drill });
    const left = walkSeconds - (hub.hubNow() - walk.begunAt) / 1_000;
    // By the hub's own clock: what came before it was armed is no answer to the walk, however late this page heard of it.
    const armedAt = this.row.armed_until ? Date.parse(this.row.armed_until) - walkSeconds * 1_000 : walk.begunAt;
    const isHeard = (this.row.last_seen_at ?? '') !== walk.seenBefore && Date.parse(this.row.last_seen_at) > armedAt;
    if (isHeard) return word('walkHeard', { t: span((hub.hubNow() - Date.parse(this.row.last_seen_at)) / 1_000) });
    return left > 0 ? word('walkWaiting', { t: span(left) }) : word('walkMissed');
  }

  write() {
    const row = this.row;
    put(this.title, row.device);
    put(this.told, [row.home, row.room, (row.residents ?? []).join(', '), row.profile, row.is_adopted ? word('adopted') : ''].filter(Boolean).join(' · '));
    const seen = row.last_seen_at ? word('lastSeen', { t: span((hub.hubNow() - Date.parse(row.last_seen_at)) / 1_000) }) : word('neverSeen');
    put(this.seen, `${seen} · ${row.expected_s === null ? word('notSupervised') : `${word('expected')} ${span(row.expected_s)}`}`);
    // Silent by its own interval, and what the rules say of it.
    const told = [...(faults.get(row.device) ?? new Map()).values()].map((i) => faultName(i.kind));
    put(this.fault, [...new Set([...(row.silent ? [faultName('device.silent')] : []), ...told])].map((text) => `✖ ${text}`).join(' '));
    this.fault.hidden = !this.fault.textContent;
    put(this.ask, word('deviceState'));
    put(this.itself, this.itselfText);
    this.itself.hidden = !this.itself.textContent;
    put(this.walk, word('arm'));
    this.walk.disabled = presses.isUnderWay(row.device, 'arm');
    put(this.state, this.walkState);
    this.state.hidden = !this.state.textContent;
    this.presses.replaceChildren(...pressLines(row.device));
  }
}

// Keeps a list of cards equal to the rows, the first of each name, without touching what is typed into them.
function show(rows, cards, list, name, Card) {
  const newest = new Map();
  for (const row of rows) if (!newest.has(name(row))) newest.set(name(row), row);
  // One that is being filled in stays, though others have crowded its device out of what the hub tells.
  for (const [key, card] of cards) if (!newest.has(key) && !(card.isFilledIn && !known.has(key))) { card.root.remove(); cards.delete(key); }
  for (const [key, row] of newest) {
    let card = cards.get(key);
    if (!card) { card = new Card(row); cards.set(key, card); }
    card.row = row;
    card.write();
  }
  arrange(list, [...newest.keys()].map((key) => cards.get(key).root));
}

function suggest(id, values) {
  const wanted = [...new Set(values)].sort();
  if ([...at(id).options].map((o) => o.value).join('\n') === wanted.join('\n')) return;
  at(id).replaceChildren(...wanted.map((value) => { const option = make('option'); option.value = value; return option; }));
}

function filterKnown() {
  const wanted = at('search').value.trim().toLowerCase();
  for (const card of known.values()) card.root.hidden = wanted !== '' && !card.root.textContent.toLowerCase().includes(wanted);
}

async function read(isNewest) {
  const isBounded = frame.session().everything === false;
  at('label-wanted').hidden = !isBounded;
  const [devices, quarantine] = await Promise.all([hub.readDevices(), hub.readQuarantine(isBounded ? at('wanted').value.trim() : '')]);
  // What was asked before the technician typed another identifier would take away the card that he fills in.
  if (!isNewest()) return;
  frame.tell(devices.status === 200 ? quarantine.status : devices.status);
  if (devices.status === 200) {
    const rows = devices.body.devices;
    show(rows, known, at('known'), (row) => row.device, Known);
    suggest('homes', rows.map((row) => row.home));
    suggest('residents', rows.flatMap((row) => row.residents ?? []));
    suggest('profiles', rows.map((row) => row.profile).concat([...unknown.values()].flatMap((card) => card.row.candidates ?? [])));
    filterKnown();
  }
  if (quarantine.status === 200) {
    // What has a home by now isn't unknown any more; its press stays to be seen at the device.
    const rows = quarantine.body.quarantine.filter((row) => !known.has(row.device));
    show(rows, unknown, at('unknown'), (row) => row.device ?? row.topic, Stranger);
    at('none').hidden = unknown.size > 0;
  }
}

function write() { for (const card of [...known.values(), ...unknown.values()]) card.write(); }

// What is wrong with a device stands at it until the incident that tells it is over.
function noteFault(incident) {
  if (incident.category !== 'technical' || incident.origin !== 'live') return;
  for (const name of new Set((incident.evidence ?? []).map((piece) => piece.device))) {
    const open = faults.get(name) ?? new Map();
    if (incident.state === 'resolved') open.delete(incident.id); else open.set(incident.id, incident);
    faults.set(name, open);
    known.get(name)?.write();
  }
}

// A drill of a device that is being walked is the proof that its press reaches people.
async function listen() {
  const { status, body } = await hub.readList();
  if (status !== 200) return setTimeout(listen, readEveryMilliseconds);
  faults.clear();
  const look = (incident) => {
    noteFault(incident);
    const device = (incident.evidence ?? []).map((piece) => piece.device).find((name) => Object.hasOwn(walks, name));
    if (incident.origin !== 'drill' || !device || Date.parse(incident.opened_at) < walks[device].begunAt - 2_000) return;
    walks[device].drill = incident.id;
    keepWalks();
    known.get(device)?.write();
  };
  body.incidents.forEach(look);
  hub.follow(body.cursor, { incident: look, linked() {}, lost() {}, reset() { setTimeout(listen, readEveryMilliseconds); }, refused() { setTimeout(listen, readEveryMilliseconds); } });
}

// A list with its title, and what stands between them.
function section(id, title, ...between) {
  const box = make('section'), head = make('h2'), list = make('ol');
  [head.id, head.dataset.word, list.id] = [id + '-title', title, id];
  box.setAttribute('aria-labelledby', head.id);
  box.append(head, ...between, list);
  return box;
}

function searchField(id, title, max) {
  const label = make('label', 'search'), name = make('span'), input = make('input');
  [label.id, name.dataset.word, input.id, input.type, input.autocomplete, input.maxLength] = ['label-' + id, title, id, 'search', 'off', max];
  label.append(name, input);
  return label;
}

// An unknown device has no home yet: who answers for some homes alone finds it by what stands on its label.
const wanted = searchField('wanted', 'deviceInHand', 120), none = make('p');
wanted.lastChild.placeholder = 'imei:… ieee:… mac:…';
[none.id, none.dataset.word, none.hidden, wanted.hidden] = ['none', 'noUnknown', true, true];
at('body').append(section('unknown', 'unknownDevices', wanted, none), section('known', 'knownDevices', searchField('search', 'search', 80)));
for (const id of ['homes', 'residents', 'profiles']) { const options = make('datalist'); options.id = id; document.body.append(options); }
at('search').addEventListener('input', filterKnown);
at('wanted').addEventListener('change', frame.again);
presses.begin(write, () => frame.tell(401));
frame.begin({ name: 'devices', every: readEveryMilliseconds, read, write });
listen();
