// One incident on the board: the action first, then whom, where, what, by when and who has it.
import { make, makeButton, put } from './dom.js';
import * as evidence from './evidence.js';
import { PressForm, pressLine } from './forms.js';
import { hubNow } from './hub.js';
import { stepName } from './names.js';
import * as presses from './presses.js';
import { me, mayPress } from './who.js';
import { clock, closeReasons, contactResults, sentence, span, word } from './words.js';

const priorities = ['high', 'medium', 'low', 'information'];
const states = ['open', 'acknowledged', 'contacted', 'on_site', 'resolved'];
const dueWords = { take: 'dueTake', call: 'dueCall', share: 'dueShare', contact: 'dueContact' };
// A second press within the first of these is one thumb that trembled; after the second nobody remembers the first.
const deliberateMilliseconds = 350;
const armedMilliseconds = 5_000;
let nextNumber = 0;

// Whole years by the hub's date; of whom only the year is known, that year's first day counts. Null where nobody wrote it down.
export function age(born) {
  const found = /^(\d{4})(?:-(\d\d)-(\d\d))?$/.exec(born ?? '');
  if (!found) return null;
  const now = new Date(hubNow()), month = Number(found[2] ?? 1), day = Number(found[3] ?? 1);
  const isBefore = now.getMonth() + 1 < month || (now.getMonth() + 1 === month && now.getDate() < day);
  const years = now.getFullYear() - Number(found[1]) - (isBefore ? 1 : 0);
  return years < 0 ? null : years;
}

export class Card {
  constructor(incident) {
    this.incident = incident;
    // The press that waits for its second step, and since when.
    this.armed = null;
    const number = nextNumber++;
    this.root = make('li', 'card');
    this.root.dataset.incident = incident.id;
    const marks = make('p', 'marks');
    for (const part of ['priority', 'state', 'tier', 'origin', 'age']) { this[part] = make('span', part); marks.append(this[part]); }
    this.sentence = make('h2', 'sentence');
    this.sentence.id = `sentence-${number}`;
    this.place = make('p', 'place');
    this.what = make('p', 'what');
    this.source = make('p', 'source');
    this.due = make('p', 'due');
    this.owner = make('p', 'owner');
    this.offer = make('p', 'offer');
    this.actions = make('div', 'actions');
    this.buttons = {};
    for (const [verb, press] of [
      ['acknowledge', () => this.pressTake()], ['contact', () => this.open('contact')], ['arrive', () => presses.add(this.incident.id, 'arrive')],
      ['escalate', () => this.pressTwice('escalate')],
      ['hand-over', () => this.open('hand-over')], ['annotate', () => this.open('annotate')], ['resolve', () => this.open('resolve')],
    ]) {
      const button = makeButton('', press);
      button.dataset.verb = verb;
      button.setAttribute('aria-describedby', this.sentence.id);
      this.buttons[verb] = button;
      this.actions.append(button);
    }
    this.forms = {};
    this.formPlace = make('div', 'forms');
    this.presses = make('ul', 'presses');
    const spoken = make('div');
    spoken.setAttribute('role', 'status');
    spoken.append(this.presses);
    this.more = make('details', 'more');
    this.moreWord = make('summary');
    this.moreBody = make('div');
    this.more.append(this.moreWord, this.moreBody);
    this.more.addEventListener('toggle', () => this.writeMore());
    const told = make('div', 'told'), done = make('div', 'done-here');
    told.append(marks, this.sentence, this.place, this.what, this.source);
    done.append(this.due, this.owner, this.offer, this.actions, this.formPlace, spoken);
    // A tab of its own, so that the board goes on sounding.
    this.details = make('a', 'button');
    this.details.href = '/page/incident.html#id=' + encodeURIComponent(incident.id);
    this.details.target = '_blank';
    this.details.rel = 'noopener';
    const foot = make('div', 'foot');
    foot.append(this.more, this.details);
    this.root.append(told, done, foot);
  }

  get isTaken() { return this.incident.state !== 'open' && states.includes(this.incident.state); }
  get isResolved() { return this.incident.state === 'resolved'; }
  get isMine() { return this.incident.owner === me() && !this.isResolved; }
  get isUntakenUrgent() { return this.incident.priority === 'high' && !this.isTaken; }

  // The colleague to whom it is offered now, or null.
  get offeredTo() {
    let to = null;
    for (const step of this.incident.annotations ?? []) {
      if (step.what === 'offered') to = step.note;
      else if (['offer_withdrawn', 'handed_over', 'occurred_again'].includes(step.what)) to = null;
    }
    return this.isResolved ? null : to;
  }

  // Somebody else's, and so late that others may join.
  get mayHelp() {
    let isShared = false, isHeld = false;
    for (const step of this.incident.annotations ?? []) {
      // The next tier that was told by hand while somebody held it was called to help.
      if (/^(acknowledged|contacted|call_|arrived)/.test(step.what)) isHeld = true;
      else if (['occurred_again', 'reopened'].includes(step.what)) isHeld = false;
      if (step.what.startsWith('not_called') || (isHeld && step.what === 'escalated_by_hand')) isShared = true;
      else if (step.what === 'occurred_again' || (step.what.startsWith('helper_joined') && step.actor === me())) isShared = false;
    }
    return isShared && this.isTaken && !this.isResolved && !this.isMine;
  }

  // Milliseconds of the hub's clock when the next thing is due; infinite when nothing runs.
  get dueAt() {
    if (this.isResolved) return Infinity;
    return Math.min(Infinity, ...(this.incident.deadlines ?? []).map((d) => Date.parse(d.due)).filter((t) => !Number.isNaN(t)));
  }

  form(name) {
    const send = (body) => presses.add(this.incident.id, name, body);
    this.forms[name] ??= {
      contact: () => new PressForm([
        { name: 'result', kind: 'choice', label: 'contactResult', choices: contactResults, isNeeded: true }, { name: 'note', kind: 'note', label: 'assessment' }], 'contactNow', send),
      'hand-over': () => new PressForm([{ name: 'to', kind: 'line', label: 'handOverTo', isNeeded: true, list: 'colleagues' }], 'handOverNow', send),
      annotate: () => new PressForm([{ name: 'note', kind: 'note', label: 'note', isNeeded: true }], 'annotateNow', send),
      resolve: () => new PressForm([
        { name: 'reason', kind: 'choice', label: 'reason', choices: closeReasons, isNeeded: true }, { name: 'note', kind: 'note', label: 'note' }], 'resolveNow', send),
    }[name]();
    return this.forms[name];
  }

  // One form at a time; pressed again, it goes.
  open(name) {
    const form = this.form(name);
    const isOpening = form.root.hidden;
    for (const other of Object.values(this.forms)) other.root.hidden = true;
    if (!form.root.isConnected) this.formPlace.append(form.root);
    form.write();
    if (isOpening) form.open();
    this.write();
  }

  // In two deliberate steps: not two trembling ones, and not one now and one much later.
  pressTwice(verb) {
    if (this.armed?.verb !== verb) {
      this.disarm();
      this.armed = { verb, at: Date.now(), timer: setTimeout(() => { this.disarm(); this.write(); }, armedMilliseconds) };
      this.write();
      return;
    }
    if (Date.now() - this.armed.at < deliberateMilliseconds) return;
    this.disarm();
    presses.add(this.incident.id, verb);
  }

  disarm() {
    clearTimeout(this.armed?.timer);
    this.armed = null;
  }

  // Only a red one that nobody has takes two.
  pressTake() {
    if (this.incident.priority === 'high' && !this.isTaken && this.offeredTo !== me()) return this.pressTwice('acknowledge');
    this.disarm();
    return presses.add(this.incident.id, 'acknowledge');
  }

  write() {
    const i = this.incident;
    const priority = priorities.includes(i.priority) ? i.priority : 'medium';
    const state = states.includes(i.state) ? i.state : 'open';
    const mine = presses.of(i.id);
    this.root.className = `card ${priority}${this.isResolved ? ' resolved' : ''}${this.isUntakenUrgent ? ' untaken' : ''}${this.isMine ? ' mine' : ''}`;
    this.root.dataset.state = state;
    put(this.priority, word(priority));
    put(this.state, word(state));
    put(this.tier, word('tier', { n: (Number(i.tier) || 0) + 1 }));
    put(this.origin, [i.origin === 'drill' || i.origin === 'replay' ? word(i.origin) : '', i.late ? word('late') : ''].filter(Boolean).join(' '));
    put(this.sentence, sentence(i));
    const place = i.place ?? {}, years = age(i.resident_born);
    put(this.place, [i.resident_name ?? i.resident ?? (i.candidates ?? []).join('/'), years === null ? '' : word('years', { n: years }), place.room, place.address, place.station].filter(Boolean).join(' · ')
      || i.home || word('unknownPlace'));
    put(this.what, evidence.line(i));
    this.what.hidden = !this.what.textContent;
    put(this.owner, i.owner ? word('owner', { who: i.owner === me() ? word('ownerYou', { who: i.owner }) : i.owner }) : '');
    this.owner.hidden = !i.owner;
    const to = this.offeredTo;
    put(this.offer, to ? word(to === me() ? 'offeredToYou' : 'offeredTo', { who: to, by: i.owner ?? '' }) : '');
    this.offer.hidden = !to;
    this.writeButtons(to);
    this.presses.replaceChildren(...mine.map((press) => pressLine(press, presses.dismiss)));
    put(this.details, word('details'));
    put(this.moreWord, word('more', { n: (i.annotations ?? []).length }));
    if (this.more.open) this.writeMore();
    this.writeAge();
  }

  writeButtons(offeredTo) {
    const id = this.incident.id, open = this.incident.state !== 'resolved' && mayPress();
    const isOffered = offeredTo === me();
    this.actions.hidden = !open;
    if (!open) for (const form of Object.values(this.forms)) form.root.hidden = true;
    const shown = {
      acknowledge: !this.isTaken || isOffered || this.mayHelp, contact: true, arrive: this.incident.state !== 'on_site', escalate: true,
      'hand-over': this.isTaken, annotate: true, resolve: true,
    };
    for (const [verb, button] of Object.entries(this.buttons)) {
      button.hidden = !shown[verb];
      button.disabled = presses.isUnderWay(id, verb);
      const form = this.forms[verb];
      const isFormOpen = form && !form.root.hidden;
      const isArmed = this.armed?.verb === verb;
      if (verb !== 'acknowledge') { put(button, word(isFormOpen ? 'back' : isArmed ? verb + 'Again' : verb)); button.className = isArmed ? 'armed' : ''; }
      if (['contact', 'hand-over', 'annotate', 'resolve'].includes(verb)) button.setAttribute('aria-expanded', String(Boolean(isFormOpen)));
    }
    const isTaking = this.armed?.verb === 'acknowledge';
    this.buttons.acknowledge.className = isTaking ? 'armed' : 'primary';
    put(this.buttons.acknowledge, word(isOffered ? 'acceptOffer' : this.isTaken && this.mayHelp ? 'help' : isTaking ? 'acknowledgeAgain' : 'acknowledge'));
  }

  writeLanguage() {
    for (const form of Object.values(this.forms)) form.write();
    this.write();
  }

  // Its history and its drawing, written only while somebody looks.
  writeMore() {
    if (!this.more.open) return this.moreBody.replaceChildren();
    const steps = make('ol', 'steps');
    const shown = [{ at: this.incident.opened_at, name: word('openedStep') },
      ...(this.incident.annotations ?? []).map((s) => ({ at: s.at, name: stepName(s.what), actor: s.actor, note: s.note }))];
    for (const step of shown) {
      const item = make('li');
      const time = make('time', '', new Date(step.at).toLocaleTimeString(document.documentElement.lang, { hour12: false }));
      time.dateTime = String(step.at);
      item.append(time, make('span', '', [step.name, step.actor, step.note].filter(Boolean).join(' · ')));
      steps.append(item);
    }
    const picture = evidence.drawing(this.incident);
    this.moreBody.replaceChildren(...(picture ? [picture] : []), steps, make('p', 'number', this.incident.id));
  }

  // What changes with the clock alone.
  writeAge() {
    const opened = Date.parse(this.incident.opened_at ?? this.incident.detected_at ?? this.incident.received_at);
    put(this.age, Number.isNaN(opened) ? '' : word('ago', { t: span((hubNow() - opened) / 1_000) }));
    const piece = evidence.newest(this.incident);
    const read = piece ? Date.parse(piece.observed_at ?? piece.received_at) : NaN;
    put(this.source, piece ? [Number.isNaN(read) ? '' : word('readAgo', { t: span((hubNow() - read) / 1_000) }), evidence.source(this.incident)].filter(Boolean).join(' · ') : '');
    const dueAt = this.dueAt;
    this.due.hidden = dueAt === Infinity;
    if (dueAt === Infinity) return;
    const next = this.incident.deadlines.find((d) => Date.parse(d.due) === dueAt);
    const left = (dueAt - hubNow()) / 1_000;
    const name = Object.hasOwn(dueWords, next.kind) ? dueWords[next.kind] : 'dueOther';
    this.due.className = left < 30 ? 'due soon' : 'due';
    put(this.due, left > 0 ? word(name, { t: clock(left) }) : word('overdue', { what: word(name, { t: clock(0) }), t: clock(-left) }));
  }
}
