// One incident in full: what to do, how to get in, whom to call, why it spoke, and everything that happened.
import { age, Card } from './card.js';
import * as charts from './charts.js';
import { at, make, makeButton, put } from './dom.js';
import { PressForm, pressLine } from './forms.js';
import * as frame from './frame.js';
import * as hub from './hub.js';
import { kindName, qualityName, stepName, unitName, valueName } from './names.js';
import * as presses from './presses.js';
import { procedure } from './procedures.js';
import { mayPress } from './who.js';
import { language, sentence, span, word } from './words.js';

const shelfChoices = [[1_800, 'shelf30m'], [7_200, 'shelf2h'], [28_800, 'shelf8h'], [86_400, 'shelf24h']];
const id = frame.place('id');
let card = null;
let incident = null;
let revisions = [];
let around = null;
let isFollowing = false;

const panes = {};
for (const name of ['do', 'contacts', 'access', 'tell', 'chart', 'why', 'shelf', 'timeline']) {
  panes[name] = make('section', 'pane');
  panes[name].dataset.pane = name;
}
const top = make('ol');
const columns = make('div', 'columns');
const left = make('div'), right = make('div');
left.append(panes.do, panes.contacts, panes.access, panes.tell);
right.append(panes.chart, panes.why, panes.shelf, panes.timeline);
columns.append(left, right);
const printing = makeButton('no-print', () => print());
printing.dataset.verb = 'print';

const shelve = new PressForm([
  { name: 'seconds', kind: 'choice', label: 'shelfFor', choices: shelfChoices, isNeeded: true }, { name: 'reason', kind: 'note', label: 'shelfReason', isNeeded: true }],
'shelveNow', (body) => presses.add(id, 'shelve', { seconds: Number(body.seconds), reason: body.reason }));
const reopen = new PressForm([{ name: 'note', kind: 'note', label: 'note' }], 'reopenNow', (body) => presses.add(id, 'reopen', body));

function fill(name, title, ...parts) { panes[name].replaceChildren(make('h2', '', word(title)), ...parts.filter(Boolean)); }

// What is on the shelf now: [owner, reason], or null.
function shelf() {
  let found = null;
  for (const step of incident.annotations ?? []) {
    if (step.what === 'shelved') found = step;
    else if (['unshelved', 'shelf_ended', 'reopened', 'occurred_again'].includes(step.what)) found = null;
  }
  return found;
}

function writeDo() {
  const steps = make('ol', 'numbered');
  for (const step of procedure(incident.kind)) steps.append(make('li', '', step[language() === 'en' ? 1 : 0]));
  const follow = around?.procedure?.follow_up;
  const clocks = follow ? make('p', '', word('followUp', { call: span(follow.call_s), share: span(follow.share_s), contact: span(follow.contact_s) })) : null;
  const tiers = (around?.procedure?.tiers ?? []).map((tier) => word('tierLine', { t: span(tier.after_s), who: [...tier.posts, ...tier.queues].join(', ') }) + (tier.propose_120 ? ' · ' + word('proposes120') : ''));
  fill('do', 'procedure', steps, clocks, tiers.length ? make('p', 'source', tiers.join(' → ')) : null);
}

// A call that was made is one press away from being written down.
function writeContacts() {
  const list = make('div');
  for (const person of around?.residents ?? []) {
    for (const contact of person.contacts) {
      const box = make('div', 'contact');
      const call = make('a', '', `${contact.name} ${contact.phone}`);
      call.href = 'tel:' + contact.phone.replace(/[^+\d]/g, '');
      box.append(make('span', '', [contact.relation, contact.holds_key ? word('holdsKey') : '', contact.minutes_away === null ? '' : word('minutesAway', { n: contact.minutes_away })].filter(Boolean).join(' · ')), call);
      const row = make('div', 'actions');
      for (const [result, name] of [['family', 'reachedThis'], ['not_understood', 'not_understood'], ['no_answer', 'no_answer']]) {
        const button = makeButton('', () => presses.add(id, 'contact', { result, note: word('calledNote', { who: contact.name, what: word(name) }) }));
        button.textContent = word(name);
        button.dataset.result = result;
        button.disabled = !mayPress() || incident.state === 'resolved' || presses.isUnderWay(id, 'contact');
        row.append(button);
      }
      box.append(row);
      list.append(box);
    }
  }
  fill('contacts', 'contacts', list.childElementCount ? list : make('p', '', word('noContacts')));
}

function writeAccess() {
  const home = around?.home;
  const keys = (around?.residents ?? []).flatMap((p) => p.contacts).filter((c) => c.holds_key).map((c) => `${c.name} ${c.phone}`);
  fill('access', 'howToEnter', frame.facts([
    ['address', home?.address], ['access', home?.access || (home ? word('notWritten') : '')], ['keyHolders', keys.join('\n') || (home ? word('notWritten') : '')],
    ['occupants', home?.occupants], ['pets', home ? word(home.pets ? 'petsYes' : 'petsNo') : '']]));
}

// Read out as it stands: place first, because a call may break off.
function writeTell() {
  const home = around?.home;
  const people = (around?.residents ?? []).map((p) => [p.name || p.resident, p.sex !== 'unknown' ? word('sex_' + p.sex) : '', age(p.born) === null ? '' : word('years', { n: age(p.born) }), p.notes].filter(Boolean).join('，'));
  const lines = [word('tellPlace', { place: [home?.address, incident.place?.room].filter(Boolean).join(' ') || word('unknownPlace') }), home?.access ? word('tellAccess', { how: home.access }) : '',
    ...people.map((text) => word('tellWho', { who: text })), word('tellWhat', { what: sentence(incident) }), word('tellWhen', { when: frame.time(incident.observed_at ?? incident.received_at) })];
  fill('tell', 'tell120', make('p', 'said', lines.filter(Boolean).join('\n')));
}

function writeChart() {
  const opened = Date.parse(incident.opened_at);
  const parts = [];
  for (const one of around?.readings ?? []) {
    const name = `${kindName(one.kind)} · ${one.device}`;
    const points = one.points.filter((p) => typeof p[1] === 'number');
    if (points.length) {
      const limit = (incident.evidence ?? []).filter((e) => e.kind === one.kind && typeof e.limit === 'number').at(-1)?.limit;
      const values = points.map((p) => p[1]);
      const usual = charts.usual(one, opened, 'usualThen');
      const said = word('chartHour', { kind: name, n: points.length, low: Math.min(...values), high: Math.max(...values), unit: unitName(one.unit), limit: limit ?? '–', usual: usual.said });
      parts.push(charts.line({ points, bands: usual.bands, limit, mark: opened, from: opened - 3_600_000, to: Math.max(opened + 60_000, points.at(-1)[0]), said }));
    } else if (one.points.length) {
      parts.push(make('p', '', `${name}: ` + one.points.slice(-8).map((p) => `${new Date(p[0]).toLocaleTimeString()} ${p[1] === true ? word('flagOn') : p[1] === false ? word('flagOff') : valueName(p[1])}`).join(' · ')));
    }
  }
  const rows = (incident.evidence ?? []).slice(-12).reverse().map((e) => [
    frame.time(e.received_at), kindName(e.kind), e.value === undefined ? word('hiddenValue') : e.value === true ? word('flagOn') : e.value === false ? word('flagOff') : `${typeof e.value === 'string' ? valueName(e.value) : e.value} ${unitName(e.unit)}`,
    e.limit ?? '', (e.quality ?? []).map(qualityName).join('/') || word('sound'), e.device]);
  if (rows.length) parts.push(frame.table(['when', 'what', 'value', 'limitWord', 'quality', 'device'].map((n) => word(n)), rows, word('evidence')));
  if (around?.readings_cut) parts.push(make('p', 'notice', word('readingsCut')));
  fill('chart', 'evidence', ...parts);
}

function writeWhy() {
  const rule = around?.rule;
  const tongue = language();
  const numbers = (rule?.numbers ?? []).map(([name, value]) => `${name} ${value}`).join('\n');
  fill('why', 'whyItSpoke', frame.facts([['rule', incident.rule], ['meaning', rule?.what?.[tongue]], ['numbers', numbers], ['sourceOfRule', rule?.source]]),
    make('p', '', word('whyLine', { n: (incident.evidence ?? []).length, dropped: incident.evidence_dropped ?? 0 })));
}

function writeShelf() {
  const now = shelf(), isOpen = incident.state !== 'resolved', parts = [];
  if (now) parts.push(make('p', 'offer', word('shelvedBy', { who: now.actor ?? '', why: now.note ?? '', when: frame.time(now.at) })));
  const isLife = incident.category === 'safety';
  if (isLife) parts.push(make('p', '', word('neverShelved')));
  const row = make('div', 'actions');
  const act = (verb, name, press) => {
    const button = makeButton('', press);
    button.dataset.verb = verb;
    button.textContent = word(name);
    button.disabled = presses.isUnderWay(id, verb);
    row.append(button);
  };
  if (mayPress() && isOpen && !isLife && !now) act('shelve', 'shelve', () => { shelve.open(); writeShelf(); });
  if (mayPress() && isOpen && now) act('unshelve', 'unshelve', () => presses.add(id, 'unshelve'));
  if (mayPress() && !isOpen) act('reopen', 'reopen', () => { reopen.open(); writeShelf(); });
  for (const form of [shelve, reopen]) form.write();
  const lines = make('ul', 'presses');
  lines.append(...presses.of(id).filter((p) => ['shelve', 'unshelve', 'reopen', 'contact'].includes(p.verb)).map((p) => pressLine(p, presses.dismiss)));
  // The forms stay the same elements, so that what is typed survives.
  if (!panes.shelf.contains(shelve.root)) panes.shelf.replaceChildren(make('div'), make('div'), shelve.root, reopen.root, make('div'));
  panes.shelf.children[0].replaceChildren(make('h2', '', word('shelfTitle')));
  panes.shelf.children[1].replaceChildren(...parts, row);
  panes.shelf.children[4].replaceChildren(lines);
}

// Every time that the ledger has of it, in their order, with the distance from the opening.
function writeTimeline() {
  const opened = Date.parse(incident.opened_at);
  const first = revisions[0] ?? incident;
  const steps = [['observedStep', first.observed_at], ['receivedStep', first.received_at], ['detectedStep', first.detected_at], ['openedStep', first.opened_at]]
    .filter(([, when]) => when).map(([name, when]) => ({ at: when, name: word(name) }));
  for (const s of incident.annotations ?? []) steps.push({ at: s.at, name: stepName(s.what), actor: s.actor, note: s.note });
  for (const d of incident.deadlines ?? []) steps.push({ at: d.due, name: word('dueStep', { what: word('due_' + d.kind) }) });
  steps.sort((a, b) => (Date.parse(a.at) - Date.parse(b.at)));
  const list = make('ol', 'steps');
  for (const step of steps) {
    const item = make('li'), when = make('time', '', new Date(step.at).toLocaleTimeString(document.documentElement.lang, { hour12: false }));
    when.dateTime = String(step.at);
    const apart = (Date.parse(step.at) - opened) / 1_000;
    item.append(when, make('span', 'source', (apart < 0 ? '−' : '+') + span(Math.abs(apart))), make('span', '', [step.name, step.actor, step.note].filter(Boolean).join(' · ')));
    list.append(item);
  }
  fill('timeline', 'timeline', list, make('p', 'number', word('revisionsLine', { n: incident.revision, kept: revisions.length, id: incident.id })));
}

function writeAll() {
  if (!incident) return;
  put(printing, word('print'));
  card.incident = incident;
  card.writeLanguage();
  card.more.hidden = card.details.hidden = true;
  writeDo();
  writeContacts();
  writeAccess();
  writeTell();
  writeChart();
  writeWhy();
  writeShelf();
  writeTimeline();
}

function show() {
  if (card) return;
  card = new Card(incident);
  top.append(card.root);
  at('body').replaceChildren(top, printing, columns);
  setInterval(() => card.writeAge(), 1_000);
}

function follow(cursor) {
  if (isFollowing) return;
  isFollowing = true;
  hub.follow(cursor, {
    incident(revision) {
      if (revision.id !== id || revision.revision <= incident.revision) return;
      revisions.push(revision);
      incident = revision;
      writeAll();
    },
    linked() { frame.tell(200); }, lost() { frame.tell(0); },
    reset() { isFollowing = false; frame.again(); }, refused() { isFollowing = false; setTimeout(frame.again, 2_000); },
  });
}

// The cursor is older than what is read after it, so nothing between the two is missed.
async function read(isNewest) {
  const list = await hub.ask('/api/v1/incidents?state=active&limit=1');
  const found = await hub.ask(`/api/v1/incidents/${encodeURIComponent(id)}`);
  if (!isNewest() || !frame.tell(list.status === 200 ? found.status : list.status)) return;
  // What the stream has brought meanwhile is newer.
  if (!incident || found.body.incident.revision >= incident.revision) [incident, revisions] = [found.body.incident, found.body.revisions];
  show();
  writeAll();
  follow(list.body.cursor);
  const beside = mayPress() ? await hub.ask(`/api/v1/incidents/${encodeURIComponent(id)}/surroundings`) : { status: 403 };
  if (!isNewest()) return;
  if (beside.status === 200) around = beside.body;
  document.documentElement.dataset.around = String(beside.status);
  writeAll();
}

presses.begin(() => { if (incident) { card.write(); writeContacts(); writeShelf(); } }, () => frame.tell(401));
frame.begin({ name: 'incident', read, write: writeAll });
