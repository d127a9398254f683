// The list of incidents: the most urgent first, then what is due soonest.
import { Card } from './card.js';
import { arrange as arrangeIn, at, make, put } from './dom.js';
import { me } from './who.js';
import { sentence, word } from './words.js';

const urgency = { high: 3, medium: 2, low: 1, information: 0 };
const resolvedShownMilliseconds = 10_000;
const cards = new Map();
const list = at('incidents');
let arranging = null;
let isBegun = false;

// What is shown. An urgent incident that nobody has taken is shown under every filter.
const filters = {
  all: () => true,
  untaken: (card) => !card.isTaken,
  mine: (card) => card.isMine || card.offeredTo === me(),
  urgent: (card) => card.incident.priority === 'high',
};
let filter = 'all';
let station = '';

function isShown(card) {
  if (card.isUntakenUrgent) return true;
  return filters[filter](card) && (station === '' || card.incident.place?.station === station);
}

function order(a, b) {
  const byEnd = Number(a.isResolved) - Number(b.isResolved);
  if (byEnd !== 0) return byEnd;
  const byUrgency = (urgency[b.incident.priority] ?? 2) - (urgency[a.incident.priority] ?? 2);
  if (byUrgency !== 0) return byUrgency;
  const first = a.dueAt, second = b.dueAt;
  if (first !== second) return first < second ? -1 : 1;
  const opened = String(a.incident.opened_at), other = String(b.incident.opened_at);
  if (opened !== other) return opened < other ? -1 : 1;
  return String(a.incident.id) < String(b.incident.id) ? -1 : 1;
}

// Takes one revision; an older one than is shown changes nothing.
export function take(incident) {
  if (typeof incident?.id !== 'string') return;
  let card = cards.get(incident.id);
  if (card && card.incident.revision > incident.revision) return;
  const wasUntaken = card?.isUntakenUrgent ?? false;
  if (!card) {
    if (incident.state === 'resolved') return;
    card = new Card(incident);
    cards.set(incident.id, card);
  }
  card.incident = incident;
  if (isBegun && card.isUntakenUrgent && !wasUntaken) put(at('announcement'), word('announce', { text: sentence(incident), who: incident.resident_name ?? incident.home ?? '' }));
  if (incident.state === 'resolved') setTimeout(() => { if (cards.get(incident.id) === card && card.isResolved) drop(incident.id); }, resolvedShownMilliseconds);
  card.write();
  arrangeSoon();
}

function drop(id) {
  cards.get(id)?.root.remove();
  cards.delete(id);
  arrangeSoon();
}

// Takes the whole list; what is no longer in it goes.
export function takeAll(incidents) {
  const present = new Set(incidents.map((i) => i.id));
  for (const id of [...cards.keys()]) if (!present.has(id)) drop(id);
  for (const incident of incidents) take(incident);
  isBegun = true;
  arrange();
}

// A burst of revisions moves the cards once.
function arrangeSoon() { arranging ??= setTimeout(arrange, 0); }

// Cards go where they belong, around the one in which somebody types.
function arrange() {
  clearTimeout(arranging);
  arranging = null;
  const sorted = [...cards.values()].sort(order);
  for (const card of sorted) card.root.hidden = !isShown(card);
  arrangeIn(list, sorted.map((card) => card.root));
  writeStations();
  writeColleagues();
  writeSummary();
}

function writeStations() {
  const names = [...new Set([...cards.values()].map((c) => c.incident.place?.station).filter(Boolean))].sort();
  const choice = at('station');
  const wanted = ['', ...names];
  if (station && !names.includes(station)) wanted.push(station);
  if ([...choice.options].map((o) => o.value).join('\n') === wanted.join('\n') && choice.options[0].textContent === word('everyStation')) return;
  choice.replaceChildren(...wanted.map((name) => { const option = make('option', '', name || word('everyStation')); option.value = name; return option; }));
  choice.value = station;
}

// Who holds something else is a likely successor.
function writeColleagues() {
  const people = [...new Set([...cards.values()].map((c) => c.incident.owner).filter((name) => name && name !== me()))].sort();
  if ([...at('colleagues').options].map((o) => o.value).join('\n') === people.join('\n')) return;
  at('colleagues').replaceChildren(...people.map((name) => { const option = make('option'); option.value = name; return option; }));
}

function writeSummary() {
  const all = [...cards.values()];
  const open = all.filter((c) => !c.isResolved).length;
  const offered = all.filter((c) => c.offeredTo === me()).length;
  put(at('summary'), word('summary', { n: open, m: untakenUrgent() }) + (offered ? ' · ' + word('offeredCount', { n: offered }) : ''));
  const hidden = all.filter((c) => c.root.hidden).length;
  put(at('filtered'), hidden ? word('filtered', { n: hidden }) : '');
  at('filtered').hidden = hidden === 0;
  at('calm').hidden = cards.size > 0;
  at('hand-all').hidden = mine().length === 0;
  for (const button of document.querySelectorAll('[data-filter]')) button.setAttribute('aria-pressed', String(button.dataset.filter === filter));
  document.title = (untakenUrgent() ? `(${untakenUrgent()}) ` : '') + word('title');
}

export function beginFilters() {
  for (const button of document.querySelectorAll('[data-filter]')) button.addEventListener('click', () => { filter = button.dataset.filter; arrange(); });
  at('station').addEventListener('change', () => { station = at('station').value; arrange(); });
}

export const untakenUrgent = () => [...cards.values()].filter((c) => c.isUntakenUrgent).length;
// What the person at this desk holds.
export const mine = () => [...cards.values()].filter((c) => c.isMine).map((c) => c.incident.id);

export function write(id) { cards.get(id)?.write(); }

export function writeAll() {
  for (const card of cards.values()) card.writeLanguage();
  arrange();
}

export function writeAges() { for (const card of cards.values()) if (!card.root.hidden) card.writeAge(); }
