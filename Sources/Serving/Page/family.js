// The family's page: is she protected right now, what was today, what happened, and "I have reached her". No rooms, no toilet, no bed.
import { at, make, makeButton, put } from './dom.js';
import { pressLine } from './forms.js';
import * as frame from './frame.js';
import * as hub from './hub.js';
import { kindName, unitName } from './names.js';
import './people-words.js';
import * as presses from './presses.js';
import { language, word } from './words.js';

const armedMilliseconds = 5_000;
// A press right after the first one is a trembling finger.
const deliberateMilliseconds = 350;
let people = null;
let written = '';
let armed = { id: '', at: 0 };

const leave = makeButton('', async () => { await hub.closeSession(); location.replace('/'); });
leave.id = 'leave';
at('to-board').href = '/page/account.html';
at('to-board').dataset.word = 'myAccount';
at('to-board').after(leave);

// Without the elder's consent the hub tells nothing, not even a name; the page says why.
function withheld(person) {
  const box = make('section', 'pane');
  box.dataset.withheld = person.resident;
  box.append(make('h2', '', person.resident), make('p', 'place', word('noConsentTitle')), make('p', '', word('noConsentWhy')));
  return [box];
}

function guard(person) {
  const box = make('section', 'pane'), more = make('details'), head = make('summary', '', word('guardState'));
  box.dataset.pane = 'guardState';
  more.append(head, ...person.reasons.map((r) => make('p', r.well ? 'well' : 'unwell', `${r.well ? '✔' : '✖'} ${word('guard_' + r.code + (r.well ? '' : '_not'))}`)));
  more.open = !person.protected;
  box.append(make('p', 'big ' + (person.protected ? 'well' : 'unwell'), word(person.protected ? 'protected' : 'unprotected')), more);
  return box;
}

function today(person) {
  const box = make('section', 'pane'), day = person.today;
  box.dataset.pane = 'today';
  const rows = day.values.map((v) => [kindName(v.kind), `${v.value} ${unitName(v.unit)}`, v.low === v.high ? '' : `${v.low} – ${v.high}`, frame.time(v.at)]);
  box.append(make('h3', '', word('today')), make('p', '', day.active_at ? `${word('activeAt')} ${frame.time(day.active_at)}` : word('noActivity')));
  if (rows.length) box.append(frame.table(['what', 'lately', 'fromTo', 'when'].map((n) => word(n)), rows, word('today')));
  box.append(make('p', 'source', word('asOf', { t: frame.time(day.as_of) })), make('p', 'source', word('familyPrivacy')));
  if (day.is_cut) box.append(make('p', 'notice', word('dayCut')));
  return box;
}

function press(id) {
  const now = performance.now();
  if (armed.id !== id || now - armed.at > armedMilliseconds) { armed = { id, at: now }; setTimeout(write, armedMilliseconds + 50); return write(); }
  if (now - armed.at < deliberateMilliseconds) return undefined;
  armed = { id: '', at: 0 };
  return presses.add(id, 'reached');
}

function happened(person) {
  const box = make('section', 'pane'), list = make('ol');
  box.dataset.pane = 'happened';
  for (const one of person.incidents) {
    const item = make('li', `card ${one.priority}${one.state === 'resolved' ? ' resolved' : ''}`), marks = make('p', 'marks'), spoken = make('div'), lines = make('ul', 'presses');
    item.dataset.incident = one.id;
    marks.append(make('span', 'priority', word(one.priority)), make('span', '', word('cat_' + one.category)), make('span', '', word(one.state)), make('span', 'age', frame.time(one.opened_at)));
    item.append(marks, make('p', 'sentence', one.text[language()] ?? one.text['zh-CN']));
    if (one.reached_at) item.append(make('p', 'well', word('reachedAt', { t: frame.time(one.reached_at) })));
    if (one.state !== 'resolved' && !one.reached_at) {
      const isArmed = armed.id === one.id && performance.now() - armed.at <= armedMilliseconds;
      const button = makeButton(isArmed ? 'armed' : 'primary', () => press(one.id));
      button.dataset.verb = 'reached';
      button.dataset.key = 'reached ' + one.id;
      button.disabled = presses.isUnderWay(one.id, 'reached');
      put(button, word(isArmed ? 'reachedAgain' : 'reachedHer'));
      const row = make('div', 'actions');
      row.append(button);
      item.append(row, make('p', 'source', word('reachedMeans')));
    }
    spoken.setAttribute('role', 'status');
    lines.append(...presses.of(one.id).map((p) => pressLine(p, presses.dismiss)));
    spoken.append(lines);
    item.append(spoken);
    list.append(item);
  }
  box.append(make('h3', '', word('happened')), person.incidents.length ? list : make('p', '', word('nothingHappened')));
  return box;
}

// Written again only when something is different: who reads or is about to press keeps the place.
function write() {
  put(leave, word('signOut'));
  if (!people) return;
  const isArmed = performance.now() - armed.at <= armedMilliseconds ? armed.id : '';
  const wanted = JSON.stringify([people, language(), isArmed, people.flatMap((p) => (p.incidents ?? []).flatMap((i) => presses.of(i.id)))]);
  if (wanted === written) return;
  written = wanted;
  const focused = document.activeElement?.dataset.key;
  const parts = people.flatMap((person) => {
    if (!person.consent) return withheld(person);
    const columns = make('div', 'columns');
    columns.dataset.resident = person.resident;
    columns.append(guard(person), happened(person), today(person));
    return [make('h2', 'sentence', person.name || person.resident), columns];
  });
  at('body').replaceChildren(...(parts.length ? parts : [make('p', 'calm', word('noPeople'))]));
  if (focused) [...document.querySelectorAll('[data-key]')].find((e) => e.dataset.key === focused)?.focus();
}

async function read(isNewest) {
  const { status, body } = await hub.ask('/api/v1/family', {}, 60_000);
  if (!isNewest()) return;
  if (!frame.tell(status)) { if (status === 401) location.replace('/'); return; }
  people = body.residents;
  write();
}

presses.begin((id) => { write(); if (!presses.isUnderWay(id, 'reached')) frame.again(); }, () => frame.tell(401));
frame.begin({ name: 'family', every: 10_000, read, write });
