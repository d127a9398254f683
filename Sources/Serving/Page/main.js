// Puts the page together: sign in, list, stream, sound, language.
import * as board from './board.js';
import * as hub from './hub.js';
import * as presses from './presses.js';
import * as sound from './sound.js';
import { switchLanguage, word, writeWords } from './words.js';

const at = (id) => document.getElementById(id);
let stopFollowing = null;
let isLost = false;
let isSignedOut = false;
let isLinked = false;
let comingBack = null;

function writeState() {
  at('lost').hidden = !isLost && !isSignedOut;
  at('lost').textContent = word(isSignedOut ? 'expired' : 'lost');
  at('link').textContent = at('board').hidden ? '' : word(isLinked ? 'linked' : 'linking');
  at('sound').hidden = at('board').hidden || sound.isRunning();
  at('sound').textContent = word('soundOff');
  document.documentElement.dataset.audio = sound.isRunning() ? 'running' : 'silent';
  document.documentElement.dataset.link = isLinked ? 'linked' : 'lost';
  at('language').textContent = word('language');
  sound.want(board.untakenUrgent() > 0 ? 'alarm' : isLost || isSignedOut ? 'lost' : null);
}

function askForToken(state = '') {
  at('login').hidden = false;
  at('login-state').textContent = state ? word(state) : '';
  at('token').focus();
}

// The session is gone while people watch: the list stays, the bar and the sound say so.
function signedOut() {
  if (isSignedOut) return;
  isSignedOut = true;
  isLinked = false;
  stopFollowing?.();
  stopFollowing = null;
  askForToken();
  writeState();
}

async function enter(token) {
  const { status } = await hub.openSession(token);
  if (status === 204) return show();
  askForToken(status === 401 ? 'wrongToken' : status === 429 ? 'tooMany' : 'unreachable');
  writeState();
}

async function show() {
  isSignedOut = false;
  at('login').hidden = true;
  at('board').hidden = false;
  at('leave').hidden = false;
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
  const { status, body } = await hub.readList();
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

async function begin() {
  writeWords();
  writeState();
  at('language').addEventListener('click', () => { switchLanguage(); writeWords(); board.writeAll(); writeState(); });
  at('sound').addEventListener('click', () => sound.allow(writeState));
  at('leave').addEventListener('click', async () => { await hub.closeSession(); location.reload(); });
  at('login').addEventListener('submit', (event) => {
    event.preventDefault();
    const token = at('token').value.trim();
    at('token').value = '';
    if (token) { sound.allow(writeState); enter(token); }
  });
  // Any press may start the sound.
  addEventListener('click', () => { if (!sound.isRunning()) sound.allow(writeState); });
  addEventListener('offline', () => { isLost = true; isLinked = false; writeState(); });
  setInterval(() => { board.writeAges(); writeState(); }, 1_000);
  // A screen that is set up for it plays without a press.
  sound.allow(writeState);
  presses.begin(() => { board.writeAll(); }, signedOut);

  const link = new URLSearchParams(location.hash.slice(1)).get('token');
  // The token must not stay in the address, the history or a screenshot.
  if (location.hash) history.replaceState(null, '', location.pathname);
  if (link) return enter(link);
  await resume();
}

// Goes on with the session that the browser still has, as soon as the hub answers.
async function resume() {
  const { status } = await hub.readSession();
  if (status === 200) { isLost = false; return show(); }
  isLost = status === 0 || status >= 500;
  if (isLost) setTimeout(resume, 3_000); else askForToken();
  writeState();
}

begin();
