// The list of incidents. Everything from outside goes in through textContent.
import { closeReasons, contactResults, sentence, span, word } from './words.js';
import { hubNow } from './hub.js';
import * as presses from './presses.js';

const urgency = { high: 3, medium: 2, low: 1, information: 0 };
const resolvedShownMilliseconds = 10_000;
const armedMilliseconds = 5_000;
const dueWords = { take: 'dueTake', call: 'dueCall', share: 'dueShare', contact: 'dueContact' };
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

// A choice from a list and a note, sent as one press.
class ChoiceForm {
  constructor(choices, field, labels, send) {
    this.choices = [['', labels.none], ...choices];
    this.labels = labels;
    this.root = make('form', 'choice');
    this.root.hidden = true;
    this.choice = make('select');
    this.choice.required = true;
    this.choice.append(...this.choices.map(() => make('option')));
    this.note = make('textarea');
    this.note.maxLength = 1_000;
    this.note.rows = 2;
    this.choiceWord = make('span');
    this.noteWord = make('span');
    const choiceLabel = make('label'), noteLabel = make('label');
    choiceLabel.append(this.choiceWord, this.choice);
    noteLabel.append(this.noteWord, this.note);
    this.confirm = make('button', 'primary');
    this.confirm.type = 'submit';
    this.root.append(choiceLabel, noteLabel, this.confirm);
    this.root.addEventListener('submit', (event) => {
      event.preventDefault();
      if (!this.choice.value) return;
      this.root.hidden = true;
      send({ [field]: this.choice.value, note: this.note.value });
      this.choice.value = '';
      this.note.value = '';
    });
  }

  write() {
    this.choiceWord.textContent = word(this.labels.choice);
    this.noteWord.textContent = word(this.labels.note);
    this.confirm.textContent = word(this.labels.confirm);
    this.choices.forEach(([value, name], at) => {
      this.choice.options[at].value = value;
      this.choice.options[at].textContent = word(name);
    });
  }
}

class Card {
  constructor(incident) {
    this.incident = incident;
    this.armed = null;
    this.root = make('li', 'card');
    this.root.dataset.incident = incident.id;
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
    this.take.dataset.verb = 'acknowledge';
    this.due = make('p', 'due');
    this.contact = makeButton('', () => this.open(this.contactForm));
    this.resolve = makeButton('', () => this.open(this.resolveForm));
    this.contact.dataset.verb = 'contact';
    this.resolve.dataset.verb = 'resolve';
    this.actions = make('div', 'actions');
    this.actions.append(this.take, this.contact, this.resolve);
    this.contactForm = new ChoiceForm(contactResults, 'result',
      { choice: 'contactResult', note: 'assessment', none: 'chooseResult', confirm: 'contactNow' },
      (body) => presses.add(this.incident.id, 'contact', body));
    this.resolveForm = new ChoiceForm(closeReasons, 'reason',
      { choice: 'reason', note: 'note', none: 'chooseReason', confirm: 'resolveNow' },
      (body) => presses.add(this.incident.id, 'resolve', body));
    this.presses = make('ul', 'presses');
    this.presses.setAttribute('role', 'status');
    this.root.append(marks, this.sentence, this.place, this.owner, this.due, this.actions, this.contactForm.root, this.resolveForm.root, this.presses);
  }

  // One form at a time; pressed again, it goes.
  open(form) {
    const isOpening = form.root.hidden;
    this.contactForm.root.hidden = true;
    this.resolveForm.root.hidden = true;
    form.root.hidden = !isOpening;
    this.write();
    if (isOpening) form.choice.focus();
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
    this.resolve.textContent = word(this.resolveForm.root.hidden ? 'resolve' : 'back');
    this.contact.hidden = state === 'resolved';
    this.contact.disabled = isUnderWay('contact');
    this.contact.textContent = word(this.contactForm.root.hidden ? 'contact' : 'back');
    for (const form of [this.contactForm, this.resolveForm]) {
      if (state === 'resolved') form.root.hidden = true;
      form.write();
    }
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
    const dues = (this.incident.deadlines ?? []).map((d) => ({ kind: d.kind, at: Date.parse(d.due) })).filter((d) => !Number.isNaN(d.at));
    const soonest = dues.sort((a, b) => a.at - b.at)[0];
    this.due.hidden = !soonest || this.incident.state === 'resolved';
    if (!soonest) return;
    const left = (soonest.at - hubNow()) / 1_000;
    const name = Object.hasOwn(dueWords, soonest.kind) ? dueWords[soonest.kind] : 'dueOther';
    this.due.className = left < 30 ? 'due soon' : 'due';
    this.due.textContent = left > 0 ? word(name, { t: span(left) }) : word(name, { t: word('now') });
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
