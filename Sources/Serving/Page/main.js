// Puts the page together: sign in, list, stream, sound, shift, language.
import * as board from './board.js';
import { at, put } from './dom.js';
import * as hub from './hub.js';
import * as lock from './lock.js';
import * as presses from './presses.js';
import * as signIn from './sign-in.js';
import * as sound from './sound.js';
import * as who from './who.js';
import { switchLanguage, word, writeWords } from './words.js';

const leaveMilliseconds = 5_000;
const soundWords = { off: 'soundOff', untested: 'soundUntested', asked: 'soundAsked', silent: 'soundNotHeard' };
const soundButtons = { off: ['sound-on'], untested: ['sound-test'], asked: ['sound-heard', 'sound-silent'], silent: ['sound-test'] };
let stopFollowing = null;
let isLost = false;
let isSignedOut = false;
let isLinked = false;
let comingBack = null;
let leaving = null;
let loads = 0;

function writeState() {
  at('lost').hidden = !isLost && !isSignedOut;
  put(at('lost'), word(isSignedOut ? 'expired' : 'lost'));
  put(at('link'), at('board').hidden ? '' : word(isLinked ? 'linked' : 'linking'));
  const lack = at('board').hidden ? null : sound.lack();
  at('sound').hidden = lack === null;
  put(at('sound-word'), lack === null ? '' : word(soundWords[lack]));
  for (const id of ['sound-on', 'sound-test', 'sound-heard', 'sound-silent']) at(id).hidden = lack === null || !soundButtons[lack].includes(id);
  put(at('language'), word('language'));
  put(at('leave'), word(leaving === null ? 'leave' : 'leaveAgain'));
  put(at('who'), word('who', { who: who.me() }));
  const root = document.documentElement.dataset;
  root.audio = sound.isRunning() ? 'running' : 'silent';
  root.link = isLinked ? 'linked' : 'lost';
  sound.want(board.untakenUrgent() > 0 ? 'alarm' : isLost || isSignedOut ? 'lost' : null);
  root.sounds = sound.wants() ?? 'nothing';
  lock.write();
  signIn.write();
}

// The session is gone while people watch: the list stays, the bar and the sound say so.
function signedOut() {
  if (isSignedOut) return;
  isSignedOut = true;
  isLinked = false;
  stopFollowing?.();
  stopFollowing = null;
  lock.leave();
  signIn.ask();
  writeState();
}

async function show(session) {
  who.enter(session);
  // A family has a page of its own; what is on the board is not for it.
  if (who.role() === 'family') return location.replace('/page/family.html');
  isSignedOut = false;
  signIn.close();
  lock.enter(session);
  at('to-account').hidden = !who.isPersonal();
  at('board').hidden = false;
  at('leave').hidden = false;
  at('who').hidden = false;
  at('to-devices').hidden = !who.mayAdopt();
  at('to-more').hidden = false;
  at('to-more').href = who.mayPress() ? '/page/residents.html' : '/page/wall.html';
  at('who').disabled = !who.maySayName();
  await load();
}

function comeBack() {
  isLost = true;
  isLinked = false;
  writeState();
  clearTimeout(comingBack);
  comingBack = setTimeout(load, 2_000);
}

async function load() {
  stopFollowing?.();
  stopFollowing = null;
  // Only the newest of several reads counts: two would leave two streams open.
  const turn = ++loads;
  const { status, body } = await hub.readList();
  if (turn !== loads) return;
  if (status === 401) return signedOut();
  if (status !== 200) return comeBack();
  board.takeAll(body.incidents);
  at('cut').hidden = !body.is_cut;
  stopFollowing = hub.follow(body.cursor, {
    incident(incident) { board.take(incident); writeState(); },
    linked() { isLost = false; isLinked = true; writeState(); },
    lost() { isLost = true; isLinked = false; writeState(); },
    reset() { load(); },
    refused() { comeBack(); },
  });
  writeState();
}

function toggle(button, form, field) {
  form.hidden = !form.hidden;
  button.setAttribute('aria-expanded', String(!form.hidden));
  if (!form.hidden) field.focus();
}

// Leaving ends the sound: said before it happens.
async function leave() {
  if (leaving === null) {
    leaving = setTimeout(() => { leaving = null; writeState(); }, leaveMilliseconds);
    return writeState();
  }
  await hub.closeSession();
  location.reload();
}

function beginButtons() {
  at('language').addEventListener('click', () => { switchLanguage(); writeWords(); board.writeAll(); writeState(); });
  at('leave').addEventListener('click', leave);
  at('who').addEventListener('click', () => { at('name').value = who.givenName(); toggle(at('who'), at('shift'), at('name')); });
  at('shift').addEventListener('submit', (event) => {
    event.preventDefault();
    who.rename(at('name').value);
    toggle(at('who'), at('shift'), at('name'));
    at('who').focus();
    sound.newShift();
    board.writeAll();
    writeState();
  });
  at('hand-all').addEventListener('click', () => toggle(at('hand-all'), at('hand-all-form'), at('successor')));
  at('hand-all-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const to = at('successor').value.trim();
    if (!to) return;
    for (const incident of board.mine()) presses.add(incident, 'hand-over', { to });
    at('successor').value = '';
    toggle(at('hand-all'), at('hand-all-form'), at('successor'));
  });
  const press = (id, action) => at(id).addEventListener('click', () => { action(); writeState(); });
  press('sound-on', () => sound.allow(writeState));
  press('sound-test', sound.test);
  press('sound-heard', sound.heard);
  press('sound-silent', sound.silent);
  // Any press or key may start the sound.
  for (const gesture of ['click', 'keydown']) addEventListener(gesture, () => { if (!sound.isRunning()) sound.allow(writeState); });
  addEventListener('offline', () => { isLost = true; isLinked = false; writeState(); });
  board.beginFilters();
}

async function begin() {
  writeWords();
  beginButtons();
  writeState();
  setInterval(() => { board.writeAges(); writeState(); }, 1_000);
  signIn.begin(() => { lock.leave(); resume(); });
  // Locked or opened: the same list without or with names; the sound goes on meanwhile.
  lock.begin(() => { if (lock.is()) put(at('announcement'), ''); board.writeAll(); writeState(); load(); }, signIn.ask);
  presses.begin((incident) => board.write(incident), (status) => { if (status === 401) signedOut(); else if (!lock.is()) resume(); });
  // A screen that is set up for it plays without a press.
  sound.allow(writeState);

  const link = new URLSearchParams(location.hash.slice(1)).get('token');
  // The token must not stay in the address, the history or a screenshot.
  if (location.hash) history.replaceState(null, '', location.pathname);
  if (link) return signIn.enter({ token: link });
  await resume();
}

// Goes on with the session that the browser has, as soon as the hub answers.
async function resume() {
  const { status, body } = await hub.readSession();
  if (status === 200) { isLost = false; return show(body); }
  isLost = status === 0 || status >= 500;
  if (isLost) setTimeout(resume, 3_000); else signIn.ask();
  writeState();
}

begin();
