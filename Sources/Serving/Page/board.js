// The list of incidents. Everything from outside goes in through textContent.
import { closeReasons, sentence, span, word } from './words.js';
import { hubNow } from './hub.js';
import * as presses from './presses.js';

const urgency = { high: 3, medium: 2, low: 1, information: 0 };
const resolvedShownMilliseconds = 10_000;
const armedMilliseconds = 5_000;
const cards = new Map();
const list = document.getElementById('incidents');

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function makeButton(className, press) {
  const button = make('button', className);
  button.type = 'button';
  button.addEventListener('click', press);
  return button;
}

class Card {
  constructor(incident) {
    this.incident = incident;
    this.armed = null;
    this.root = make('li', 'card');
    this.priority = make('span', 'priority');
    this.state = make('span', 'state');
    this.tier = make('span', 'tier');
    this.origin = make('span', 'origin');
    this.age = make('span', 'age');
    const marks = make('p', 'marks');
    marks.append(this.priority, this.state, this.tier, this.origin, this.age);
    this.sentence = make('p', 'sentence');
    this.place = make('p', 'place');
    this.owner = make('p', 'owner');
    this.take = makeButton('primary', () => this.pressTake());
    this.resolve = makeButton('', () => { this.form.hidden = !this.form.hidden; this.write(); if (!this.form.hidden) this.reason.focus(); });
    this.actions = make('div', 'actions');
    this.actions.append(this.take, this.resolve);
    this.form = this.makeForm();
    this.presses = make('ul', 'presses');
    this.presses.setAttribute('role', 'status');
    this.root.append(marks, this.sentence, this.place, this.owner, this.actions, this.form, this.presses);
  }

  makeForm() {
    const form = make('form', 'resolve');
    form.hidden = true;
    this.reason = make('select');
    this.reason.required = true;
    this.note = make('textarea');
    this.note.maxLength = 1_000;
    this.note.rows = 2;
    this.reasonLabel = make('label');
    this.noteLabel = make('label');
    this.reasonWord = make('span');
    this.noteWord = make('span');
    this.reasonLabel.append(this.reasonWord, this.reason);
    this.noteLabel.append(this.noteWord, this.note);
    this.reason.append(make('option'), ...closeReasons.map(() => make('option')));
    this.confirm = make('button', 'primary');
    this.confirm.type = 'submit';
    form.append(this.reasonLabel, this.noteLabel, this.confirm);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (!this.reason.value) return;
      form.hidden = true;
      presses.add(this.incident.id, 'resolve', { reason: this.reason.value, note: this.note.value });
    });
    return form;
  }

  // A red incident is taken in two deliberate steps; the second must follow within five seconds.
  pressTake() {
    if (this.incident.priority === 'high' && this.armed === null) {
      this.armed = setTimeout(() => { this.armed = null; this.write(); }, armedMilliseconds);
      this.write();
      return;
    }
    clearTimeout(this.armed);
    this.armed = null;
    presses.add(this.incident.id, 'acknowledge');
  }

  write() {
    const i = this.incident;
    const priority = Object.hasOwn(urgency, i.priority) ? i.priority : 'medium';
    const state = ['open', 'acknowledged', 'contacted', 'on_site', 'resolved'].includes(i.state) ? i.state : 'open';
    const mine = presses.of(i.id);
    const isUnderWay = (verb) => mine.some((p) => p.verb === verb && p.state !== 'refused');
    this.root.className = `card ${priority} ${state === 'resolved' ? 'resolved' : ''}`;
    this.priority.textContent = word(priority);
    this.state.textContent = word(state);
    this.tier.textContent = word('tier', { n: (Number(i.tier) || 0) + 1 });
    this.origin.textContent = [i.origin === 'drill' || i.origin === 'replay' ? word(i.origin) : '', i.late ? word('late') : ''].filter(Boolean).join(' ');
    this.sentence.textContent = sentence(i);
    const place = i.place ?? {};
    this.place.textContent = [i.resident_name ?? i.resident ?? (i.candidates ?? []).join('/'), place.address, place.room, place.station].filter(Boolean).join(' · ')
      || i.home || word('unknownPlace');
    this.owner.textContent = i.owner ? word('owner', { who: i.owner }) : '';
    this.owner.hidden = !i.owner;
    this.take.hidden = state !== 'open';
    this.take.disabled = isUnderWay('acknowledge');
    this.take.className = this.armed === null ? 'primary' : 'armed';
    this.take.textContent = word(this.armed === null ? 'acknowledge' : 'acknowledgeAgain');
    this.resolve.hidden = state === 'resolved';
    this.resolve.disabled = isUnderWay('resolve');
    this.resolve.textContent = word(this.form.hidden ? 'resolve' : 'back');
    if (state === 'resolved') this.form.hidden = true;
    this.reasonWord.textContent = word('reason');
    this.noteWord.textContent = word('note');
    this.confirm.textContent = word('resolveNow');
    [['', 'chooseReason'], ...closeReasons].forEach(([value, name], at) => {
      const option = this.reason.options[at];
      option.value = value;
      option.textContent = word(name);
    });
    this.presses.replaceChildren(...mine.map((press) => this.pressLine(press)));
    this.writeAge();
  }

  pressLine(press) {
    const line = make('li', press.state);
    line.append(make('span', '', word(press.state, { what: word(press.verb), why: word(press.why ?? '') })));
    if (press.state === 'refused') {
      const button = makeButton('', () => presses.dismiss(press));
      button.textContent = word('dismiss');
      line.append(button);
    }
    return line;
  }

  writeAge() {
    const opened = Date.parse(this.incident.opened_at ?? this.incident.detected_at ?? this.incident.received_at);
    this.age.textContent = Number.isNaN(opened) ? '' : word('ago', { t: span((hubNow() - opened) / 1_000) });
  }
}

function order(a, b) {
  const byUrgency = (urgency[b.priority] ?? 2) - (urgency[a.priority] ?? 2);
  if (byUrgency !== 0) return byUrgency;
  return String(a.opened_at).localeCompare(String(b.opened_at)) || String(a.id).localeCompare(String(b.id));
}

// Takes one revision; an older one than is shown changes nothing.
export function take(incident) {
  if (typeof incident?.id !== 'string') return;
  let card = cards.get(incident.id);
  if (card && card.incident.revision > incident.revision) return;
  if (!card) {
    if (incident.state === 'resolved') return;
    card = new Card(incident);
    cards.set(incident.id, card);
  }
  card.incident = incident;
  if (incident.state === 'resolved') setTimeout(() => { if (cards.get(incident.id) === card && card.incident.state === 'resolved') drop(incident.id); }, resolvedShownMilliseconds);
  card.write();
  arrange();
}

function drop(id) {
  cards.get(id)?.root.remove();
  cards.delete(id);
  arrange();
}

// Takes the whole list; what is no longer in it goes.
export function takeAll(incidents) {
  const present = new Set(incidents.map((i) => i.id));
  for (const id of [...cards.keys()]) if (!present.has(id)) drop(id);
  for (const incident of incidents) take(incident);
  arrange();
}

// Moves only cards that stand in the wrong place, so that focus and typing survive.
function arrange() {
  const sorted = [...cards.values()].sort((a, b) => order(a.incident, b.incident));
  sorted.forEach((card, at) => { if (list.children[at] !== card.root) list.insertBefore(card.root, list.children[at] ?? null); });
  writeSummary();
}

function writeSummary() {
  const open = [...cards.values()].filter((c) => c.incident.state !== 'resolved').length;
  document.getElementById('summary').textContent = word('summary', { n: open, m: untakenUrgent() });
  document.getElementById('calm').hidden = cards.size > 0;
}

export function untakenUrgent() {
  const taken = ['acknowledged', 'contacted', 'on_site', 'resolved'];
  return [...cards.values()].filter((c) => c.incident.priority === 'high' && !taken.includes(c.incident.state)).length;
}

export function writeAll() {
  for (const card of cards.values()) card.write();
  writeSummary();
}

export function writeAges() { for (const card of cards.values()) card.writeAge(); }
