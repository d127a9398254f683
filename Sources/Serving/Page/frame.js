// What every further page has: its title, the ways to the others, the language, and a bar when the hub does not answer.
import { at, make, put } from './dom.js';
import * as hub from './hub.js';
import * as who from './who.js';
import { veil } from './lock.js';
import { switchLanguage, word, writeWords } from './words.js';
import './access-words.js';
import './words-more.js';

const askAgainMilliseconds = 3_000;
const carers = ['caregiver', 'supervisor', 'administrator'];
const technicians = ['technician', 'administrator'];
// Which page is for whom; the hub decides, this only leaves out ways that would end at a closed door.
const pages = [
  ['residents', carers], ['wall', [...carers, 'technician', 'inspector']], ['devices', technicians], ['queues', [...technicians, 'supervisor']],
  ['rules', [...technicians, 'supervisor', 'inspector']], ['tap', technicians], ['replay', technicians], ['why', [...technicians, 'supervisor']],
  ['reports', ['supervisor', 'inspector', 'administrator']], ['accounts', ['administrator']], ['audit', ['inspector', 'administrator']],
];
let page = null;
let waiting = null;
let told = null;
let turn = 0;
let current = {};

function writeWays() {
  const wanted = pages.filter(([, roles]) => roles.includes(who.role()));
  at('ways').hidden = wanted.length === 0;
  at('ways').replaceChildren(...wanted.map(([name]) => {
    const link = make('a', 'way', word('to_' + name));
    link.href = `/page/${name}.html`;
    if (name === page.name) link.setAttribute('aria-current', 'page');
    return link;
  }));
}

export function write() {
  writeWords();
  put(at('language'), word('language'));
  document.title = `${word('product')} · ${word('to_' + page.name)}`;
  writeWays();
  // What was said of the connection is said in the language of now.
  if (told !== null) tell(told);
  page.write();
}

// Says what an answer's status means for the whole page; true when there is something to show.
export function tell(status) {
  told = status;
  const isLost = status === 0 || status >= 500;
  const refusal = status === 401 ? 'signInFirst' : status === 403 ? 'forbidden' : status === 404 ? 'notThere' : status === 423 ? 'lockedPage' : '';
  at('lost').hidden = !isLost;
  put(at('lost'), isLost ? word('lost') : '');
  put(at('link'), word(isLost ? 'linking' : 'linked'));
  at('refused').hidden = refusal === '';
  put(at('refused'), refusal ? word(page.says?.[refusal] ?? refusal) : '');
  document.documentElement.dataset.link = isLost ? 'lost' : refusal ? 'refused' : 'linked';
  return status === 200;
}

// Only the newest of several reads counts: an answer that was asked for earlier must not take a newer one's place.
async function readOn() {
  clearTimeout(waiting);
  const own = ++turn, isNewest = () => own === turn;
  let goesOn = true;
  try { goesOn = await page.read(isNewest); } finally {
    // An answer that a page can't make sense of doesn't end its looking.
    if (isNewest() && goesOn !== false && page.every) waiting = setTimeout(readOn, page.every);
  }
}

// Reads again now.
export const again = readOn;

// What the hub said of the session when the page was opened.
export const session = () => current;

// page: { name, every (milliseconds, or nothing), read(isNewest) gives false to stop, write() }; and of a page that lets people in itself
// letIn(401 or 423, or another status of the session), and says: { refusal: its own word for it }.
// After each wait `read` asks `isNewest()`, and lets its answer be when a later read has begun.
export async function begin(given) {
  page = given;
  at('language').addEventListener('click', () => { switchLanguage(); write(); });
  write();
  for (;;) {
    const { status, body } = await hub.readSession();
    if (tell(status)) { current = body; who.enter(body); break; }
    page.letIn?.(status);
    await new Promise((resolve) => setTimeout(resolve, askAgainMilliseconds));
  }
  write();
  veil(current, (isLocked) => { tell(isLocked ? 423 : 200); if (isLocked) page.letIn?.(423); else readOn(); });
  await readOn();
}

// What stands behind # in the address, so that it never reaches a log.
export const place = (name) => new URLSearchParams(location.hash.slice(1)).get(name) ?? '';

// A definition list of pairs; empty values are left out.
export function facts(pairs) {
  const list = make('dl', 'facts');
  for (const [name, value] of pairs) {
    if (value === null || value === undefined || value === '') continue;
    list.append(make('dt', '', word(name)), make('dd', '', String(value)));
  }
  return list;
}

// A table with a head; a number stands right.
export function table(heads, rows, caption) {
  const frame = make('div', 'table');
  frame.tabIndex = 0;
  frame.setAttribute('role', 'region');
  frame.setAttribute('aria-label', caption);
  const element = make('table'), head = make('thead'), body = make('tbody'), line = make('tr');
  for (const name of heads) { const cell = make('th', '', name); cell.scope = 'col'; line.append(cell); }
  head.append(line);
  for (const row of rows) {
    const tr = make('tr', row.className);
    for (const value of row.cells ?? row) {
      const cell = make('td', typeof value === 'number' ? 'number-cell' : '');
      if (value instanceof Node) cell.append(value); else cell.textContent = String(value ?? '');
      tr.append(cell);
    }
    body.append(tr);
  }
  element.append(head, body);
  frame.append(element);
  return frame;
}

export const time = (text) => (text ? new Date(text).toLocaleString(document.documentElement.lang, { hour12: false }) : '');
