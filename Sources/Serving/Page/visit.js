// Proof of a visit: the code at a resident's door is sent for whoever is signed in at this telephone, and what it did is told.
// Who is signed out or locked gets in here, and the visit goes on: nobody scans twice.
import { at, make, makeButton, put } from './dom.js';
import * as frame from './frame.js';
import * as hub from './hub.js';
import { noteOpened } from './lock.js';
import * as signIn from './sign-in.js';
import { givenName } from './who.js';
import { language, sentence, word } from './words.js';

// The tab's own, until the hub has confirmed it: it survives a reload and the way through the sign-in.
const kept = 'vigil.visits';
const codeLengthMax = 200;
const patienceMilliseconds = 1_000, patienceMillisecondsMax = 8_000;
// Of what was set on site so many are told in words.
const incidentsShownMax = 10;
// What the hub has not answered yet, in the order of the scans, and its last answer.
let waiting = [];
let last = null;
let isSending = false;
let unlockSaid = ['', {}];
let written = '';
const known = new Map();

const pane = make('section', 'pane thumb'), spoken = make('div');
pane.dataset.pane = 'visit';
spoken.setAttribute('role', 'status');
pane.append(spoken);

// Of what was answered the time alone is kept, no name.
function keep() {
  sessionStorage.setItem(kept, JSON.stringify({ waiting: waiting.map(({ id, code }) => ({ id, code })), at: last?.answer?.at ?? null }));
}

// The code that the address brought.
function takeAddress() {
  const code = location.hash.slice(1, codeLengthMax);
  // The code must not stay in the address, the history or a screenshot.
  if (location.hash) history.replaceState(null, '', location.pathname);
  take(code);
}

// One more, behind what is under way.
function take(code) {
  if (!code) return;
  waiting.push({ id: Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join(''), code, state: 'sending' });
  last = null;
  keep();
}

function begin() {
  let found = null;
  try { found = JSON.parse(sessionStorage.getItem(kept) ?? 'null'); } catch { found = null; }
  if (Array.isArray(found?.waiting)) waiting = found.waiting.map((one) => ({ ...one, state: 'retrying' }));
  if (found?.at) last = { answer: { at: found.at } };
  takeAddress();
}

// Sends until the hub has said yes or no to each. A refusal for want of a session or behind a lock ends it: the forms go on from there.
async function send() {
  if (isSending) return;
  isSending = true;
  let patience = patienceMilliseconds;
  while (waiting.length) {
    const own = waiting[0], actor = givenName();
    const { status, body, retryAfter } = await hub.post('/api/v1/visits', { code: own.code, command_id: own.id, ...(actor ? { actor } : {}) });
    if (status === 401 || status === 423) { letIn(status); break; }
    const isPassing = status === 0 || status >= 500 || status === 429;
    frame.tell(isPassing && status !== 429 ? status : 200);
    if (isPassing) {
      [own.state, own.seconds] = [status === 429 ? 'limited' : 'retrying', retryAfter || 60];
      write();
      await new Promise((resolve) => setTimeout(resolve, own.state === 'limited' ? own.seconds * 1_000 : patience));
      patience = Math.min(patience * 2, patienceMillisecondsMax);
      continue;
    }
    waiting.shift();
    last = status === 200 ? { answer: body } : { why: body.error?.code ?? String(status) };
    keep();
    write();
    if (status === 200) readIncidents(body.incidents ?? []);
  }
  isSending = false;
}

// What was set on site, in its own words.
async function readIncidents(ids) {
  for (const id of ids.slice(0, incidentsShownMax)) {
    const { status, body } = await hub.ask(`/api/v1/incidents/${encodeURIComponent(id)}`);
    if (status === 200) { known.set(id, body.incident); write(); }
  }
}

function way(address, text) {
  const link = make('a', 'button', text);
  link.href = address;
  return link;
}

function result(answer) {
  const parts = [make('p', 'big well', word('visitDone'))];
  // After a reload the time alone is known.
  if (!answer.resident) return [...parts, make('p', 'place', frame.time(answer.at)), make('p', '', word('visitNext'))];
  const ids = answer.incidents ?? [];
  parts.push(
    make('h2', 'sentence', answer.name || answer.resident), make('p', 'place', frame.time(answer.at)),
    make('p', answer.duty ? 'well' : 'source', word(answer.duty === 'visit' ? 'visitDutyKept' : 'visitNoDuty')));
  if (ids.length) parts.push(make('h3', '', word('visitOnSite', { n: ids.length })));
  for (const id of ids.slice(0, incidentsShownMax)) {
    const link = way('/page/incident.html#id=' + encodeURIComponent(id), known.has(id) ? sentence(known.get(id)) : id);
    link.dataset.incident = id;
    parts.push(link);
  }
  parts.push(way('/page/residents.html#id=' + encodeURIComponent(answer.resident), word('visitToResident')));
  return parts;
}

function parts() {
  if (!waiting.length && !last) return [make('p', 'big', word('visitScan')), make('p', '', word('visitScanHow'))];
  const parts = [];
  if (waiting.length) {
    const { state, seconds } = waiting[0];
    parts.push(make('p', isOutside() ? 'place' : 'big', word(isOutside() ? 'visitHeld' : state === 'limited' ? 'visitLimited' : state === 'retrying' ? 'visitRetrying' : 'visitSending', { n: seconds })));
    if (waiting.length > 1) parts.push(make('p', '', word('visitMore', { n: waiting.length - 1 })));
  }
  if (last?.why) parts.push(make('p', 'big unwell', word('visitRefused', { why: word(last.why) })), make('p', '', word('visitRefusedHow')));
  if (last?.answer) parts.push(...result(last.answer));
  return parts;
}

const isOutside = () => signIn.isAsking() || !unlock.hidden;

function write() {
  document.documentElement.dataset.visit = waiting.length ? waiting[0].state : last?.why ? 'refused' : last ? 'done' : 'none';
  signIn.write();
  put(at('unlock-state'), unlockSaid[0] ? word(unlockSaid[0], unlockSaid[1]) : '');
  if (!pane.isConnected) at('body').replaceChildren(pane);
  // Written again only when something is different: it is read out, and a way may have the focus.
  const wanted = JSON.stringify([language(), waiting.length, waiting[0]?.state, waiting[0]?.seconds, last, [...known.keys()], isOutside()]);
  if (wanted !== written) spoken.replaceChildren(...parts());
  written = wanted;
  typed.hidden = waiting.length > 0 || Boolean(last?.answer);
}

// MARK: The ways in

function field(form, id, name, kind, more = {}) {
  const label = make('label'), input = make('input');
  label.htmlFor = id;
  label.dataset.word = name;
  Object.assign(input, { id, type: kind, maxLength: 128, required: true, ...more });
  form.append(label, input);
  return input;
}

function confirm(form, name) {
  const button = make('button', 'primary');
  button.type = 'submit';
  button.dataset.word = name;
  form.append(button);
}

function panel(tag, id) {
  const element = make(tag, 'panel');
  element.id = id;
  element.hidden = true;
  return element;
}

// Where no camera helps: the letters of the address.
const typed = make('form', 'choice'), typedCode = field(typed, 'typed-code', 'visitType', 'text', { autocomplete: 'off', autocapitalize: 'characters', spellcheck: false, maxLength: 64 });
confirm(typed, 'visitTyped');
typed.hidden = true;
pane.append(typed);
typed.addEventListener('submit', (event) => {
  event.preventDefault();
  take(typedCode.value.trim());
  typedCode.value = '';
  frame.again();
});

const login = panel('section', 'login'), loginForm = make('form', 'choice'), loginState = make('p');
login.dataset.label = 'signIn';
loginForm.id = 'login-form';
field(loginForm, 'account-name', 'personName', 'text', { autocomplete: 'username', maxLength: 48 });
field(loginForm, 'password', 'password', 'password', { autocomplete: 'current-password' });
confirm(loginForm, 'signIn');
loginState.id = 'login-state';
loginState.setAttribute('role', 'status');
login.append(loginForm, loginState);

const unlock = panel('form', 'unlock'), secret = field(unlock, 'unlock-secret', 'pin', 'password', { autocomplete: 'off' }), unlockState = make('p');
const secretWord = secret.previousSibling;
unlock.dataset.label = 'unlock';
confirm(unlock, 'unlock');
const otherWay = makeButton('', () => byPassword(true));
otherWay.dataset.word = 'unlockByPassword';
unlockState.id = 'unlock-state';
unlockState.setAttribute('role', 'status');
unlock.append(otherWay, unlockState);
at('body').before(login, unlock);

let isByPassword = false;
function byPassword(value) {
  isByPassword = value;
  otherWay.hidden = value;
  secretWord.dataset.word = value ? 'password' : 'pin';
  put(secretWord, word(secretWord.dataset.word));
  secret.inputMode = value ? 'text' : 'numeric';
  secret.value = '';
  secret.focus();
}

// Shows the form that is wanted: nobody is signed in (401), or the screen is locked (423).
function letIn(status) {
  frame.tell(status);
  if (status === 401) signIn.ask();
  if (status === 423 && unlock.hidden) {
    unlock.hidden = false;
    const session = frame.session();
    byPassword(session.has_pin === false || session.pin_tries_left <= 0);
  }
  write();
}

// Everything begins anew with the session as it is then; the visit is kept in the tab.
signIn.begin(() => location.reload());
unlock.addEventListener('submit', async (event) => {
  event.preventDefault();
  const text = secret.value;
  secret.value = '';
  const { status, body } = await hub.unlockSession(isByPassword ? { password: text } : { pin: text });
  if (status === 204) { noteOpened(); return location.reload(); }
  if (status === 401) { unlock.hidden = true; return letIn(401); }
  const session = frame.session(), why = body.error?.code;
  if (why === 'wrong_pin') session.pin_tries_left -= 1;
  unlockSaid = status === 0 ? ['unreachable', {}] : status === 429 ? ['tooMany', {}] : status === 503 ? ['busySignIn', {}] : [why ?? 'unreachable', { n: session.pin_tries_left }];
  if (why === 'pin_spent' || session.pin_tries_left <= 0) byPassword(true);
  return write();
});

async function read() {
  // A code that is scanned before anybody is signed in waits for that.
  if (!frame.session().role) return write();
  signIn.close();
  unlock.hidden = true;
  write();
  return document.documentElement.dataset.lock === 'locked' ? letIn(423) : send();
}

addEventListener('hashchange', () => { takeAddress(); frame.again(); });
begin();
frame.begin({ name: 'visit', read, write, letIn, says: { signInFirst: 'visitSignIn', lockedPage: 'visitUnlock' } });
