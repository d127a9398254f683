// The technician's page: what the hub heard and doesn't know, adoption, and the walk test of a device in its place.
import './access-words.js';
import { at, make, makeButton, put } from './dom.js';
import { PressForm, pressLine } from './forms.js';
import * as hub from './hub.js';
import { noteTouches } from './lock.js';
import * as presses from './presses.js';
import { span, switchLanguage, word, writeWords } from './words.js';

const readEveryMilliseconds = 2_000;
const walkSeconds = 300;
const walksKey = 'vigil.walks';
const known = new Map();
const unknown = new Map();
let isLost = false;
// An unknown device has no home yet: who answers for some homes alone finds it by what stands on its label.
let isBounded = false;
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
    this.walk = makeButton('', () => this.begin());
    this.walk.dataset.verb = 'arm';
    this.state = make('p', 'offer');
    this.state.setAttribute('role', 'status');
    this.presses = make('ul', 'presses');
    this.root.append(this.title, this.told, this.seen, this.walk, this.state, this.presses);
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
    const isHeard = (this.row.last_seen_at ?? '') !== walk.seenBefore;
    if (isHeard) return word('walkHeard', { t: span((hub.hubNow() - Date.parse(this.row.last_seen_at)) / 1_000) });
    return left > 0 ? word('walkWaiting', { t: span(left) }) : word('walkMissed');
  }

  write() {
    const row = this.row;
    put(this.title, row.device);
    put(this.told, [row.home, row.room, (row.residents ?? []).join(', '), row.profile, row.is_adopted ? word('adopted') : ''].filter(Boolean).join(' · '));
    put(this.seen, row.last_seen_at ? word('lastSeen', { t: span((hub.hubNow() - Date.parse(row.last_seen_at)) / 1_000) }) : word('neverSeen'));
    put(this.walk, word('arm'));
    this.walk.disabled = presses.isUnderWay(row.device, 'arm');
    put(this.state, this.walkState);
    this.state.hidden = !this.state.textContent;
    this.presses.replaceChildren(...pressLines(row.device));
  }
}

// Keeps a list of cards equal to the rows, without touching what is typed into them.
function show(rows, cards, list, name, Card) {
  const present = new Set(rows.map(name));
  // A card that is moved loses the focus and with it what is being typed: the order waits.
  const isTyping = list.contains(document.activeElement) && document.activeElement.matches('input, textarea, select');
  for (const [key, card] of cards) if (!present.has(key)) { card.root.remove(); cards.delete(key); }
  rows.forEach((row, place) => {
    let card = cards.get(name(row));
    if (!card) { card = new Card(row); cards.set(name(row), card); }
    card.row = row;
    card.write();
    if (list.children[place] !== card.root && !(isTyping && card.root.isConnected)) list.insertBefore(card.root, list.children[place] ?? null);
  });
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

async function read() {
  const [devices, quarantine] = [await hub.readDevices(), await hub.readQuarantine(isBounded ? at('wanted').value.trim() : '')];
  isLost = [devices, quarantine].some((answer) => answer.status === 0 || answer.status >= 500);
  at('lost').hidden = !isLost;
  put(at('lost'), word('lost'));
  put(at('link'), word(isLost ? 'linking' : 'linked'));
  document.documentElement.dataset.link = isLost ? 'lost' : 'linked';
  const isRefused = [401, 403, 423].includes(devices.status) || quarantine.status === 403;
  document.documentElement.dataset.veiled = String(devices.status === 423);
  at('refused').hidden = !isRefused;
  put(at('refused'), isRefused ? word(devices.status === 401 ? 'signInFirst' : devices.status === 423 ? 'lockedPage' : 'forbidden') : '');
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
    at('none').hidden = rows.length > 0;
  }
}

async function readOn() {
  const session = await hub.readSession();
  if (session.status === 200) isBounded = session.body.everything === false;
  at('label-wanted').hidden = !isBounded;
  await read();
  setTimeout(readOn, readEveryMilliseconds);
}

function writeAll() {
  writeWords();
  put(at('language'), word('language'));
  document.title = word('devicesTitle');
  for (const card of [...known.values(), ...unknown.values()]) card.write();
}

// A drill of a device that is being walked is the proof that its press reaches people.
async function listen() {
  const { status, body } = await hub.readList();
  if (status !== 200) return setTimeout(listen, readEveryMilliseconds);
  const look = (incident) => {
    const device = (incident.evidence ?? []).map((piece) => piece.device).find((name) => Object.hasOwn(walks, name));
    if (incident.origin !== 'drill' || !device || Date.parse(incident.opened_at) < walks[device].begunAt - 2_000) return;
    walks[device].drill = incident.id;
    keepWalks();
    known.get(device)?.write();
  };
  body.incidents.forEach(look);
  hub.follow(body.cursor, { incident: look, linked() {}, lost() {}, reset() { setTimeout(listen, readEveryMilliseconds); }, refused() { setTimeout(listen, readEveryMilliseconds); } });
}

at('language').addEventListener('click', () => { switchLanguage(); writeAll(); });
at('search').addEventListener('input', filterKnown);
at('wanted').addEventListener('change', read);
presses.begin(() => { for (const card of [...known.values(), ...unknown.values()]) card.write(); }, () => {});
noteTouches();
writeAll();
readOn();
listen();
