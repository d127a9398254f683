// Locks a screen that nobody has touched: names and presses go, the list, the stream and the sound go on.
// Touches count in every tab of the browser, so that who works at the devices does not lock the board.
import { at, put } from './dom.js';
import * as hub from './hub.js';
import { word } from './words.js';

const touchedKey = 'vigil.touchedAt';
// Tells the other tabs of the browser.
const lockedKey = 'vigil.isLocked';
let session = null;
let isLocked = false;
let isToldToHub = true;
let telling = false;
let isByPassword = false;
let said = '';
let triesLeft = 0;
let changed = () => {};
let wantsOther = () => {};

export const is = () => isLocked;

export function noteTouches() {
  const touch = () => { const now = Date.now(); if (now - Number(localStorage.getItem(touchedKey) ?? 0) > 1_000) localStorage.setItem(touchedKey, String(now)); };
  for (const kind of ['pointerdown', 'keydown', 'wheel', 'touchmove']) addEventListener(kind, touch, { passive: true });
  touch();
}

// What the hub says of the session; a reload finds the screen as it was.
export function enter(read) {
  session = read;
  isByPassword = session.has_pin === false || session.pin_tries_left <= 0;
  triesLeft = session.pin_tries_left ?? 0;
  // Locked here while the hub was away: it is told before anything shows again.
  if (isLocked && !isToldToHub && !session.is_locked) return write();
  isToldToHub = true;
  set(Boolean(session.is_locked));
}

export function leave() { session = null; isToldToHub = true; set(false); }

function set(value) {
  const was = isLocked;
  isLocked = value;
  if (was !== value) { said = ''; at('unlock-secret').value = ''; localStorage.setItem(lockedKey, value ? '1' : ''); }
  write();
  if (was !== value) changed();
  if (!was && value) at('unlock-secret').focus();
}

export function write() {
  document.documentElement.dataset.lock = isLocked ? 'locked' : 'open';
  at('lock').hidden = !isLocked;
  at('lock-now').hidden = !session?.is_personal || isLocked;
  put(at('lock-word'), isLocked ? word('locked') : '');
  put(at('unlock-label'), word(isByPassword ? 'password' : 'pin'));
  at('unlock-secret').inputMode = isByPassword ? 'text' : 'numeric';
  at('unlock-secret').maxLength = isByPassword ? 128 : 8;
  at('unlock-other').hidden = isByPassword;
  put(at('unlock-state'), said ? word(said, { n: triesLeft }) : '');
}

// The screen is veiled at once; the hub is told until it knows, because it keeps the names back then.
export function lock() {
  if (!session?.is_personal || isLocked) return;
  isToldToHub = false;
  set(true);
  tell();
}

async function tell() {
  if (isToldToHub || telling) return;
  telling = true;
  const { status } = await hub.lockSession();
  telling = false;
  isToldToHub = status === 204 || status === 401 || status === 403;
  if (isToldToHub) changed();
}

async function unlock() {
  const secret = at('unlock-secret').value;
  if (!secret) return at('unlock-secret').focus();
  at('unlock-secret').value = '';
  const { status, body } = await hub.unlockSession(isByPassword ? { password: secret } : { pin: secret });
  if (status === 204) { triesLeft = 5; return set(false); }
  if (status === 401) return changed();
  said = status === 0 ? 'unreachable' : status === 429 ? 'tooMany' : status === 503 ? 'busySignIn' : (body.error?.code ?? 'unreachable');
  if (said === 'wrong_pin') { triesLeft -= 1; if (triesLeft <= 0) said = 'pin_spent'; }
  if (said === 'pin_spent') isByPassword = true;
  write();
  at('unlock-secret').focus();
}

// A further page has opened the screen: every tab learns it.
export function noteOpened() { localStorage.setItem(lockedKey, ''); }

// For the further pages: what they show goes when the screen is locked in any tab, and comes back when the board is unlocked.
// `read` is what the hub says of the session; `onChange` gets whether it is locked.
export function veil(read, onChange) {
  let isTold = true;
  const show = (value) => {
    isLocked = value;
    const state = value ? 'locked' : 'open';
    if (document.documentElement.dataset.lock === state) return;
    document.documentElement.dataset.lock = state;
    onChange(value);
  };
  noteTouches();
  document.documentElement.dataset.lock = 'open';
  show(Boolean(read.is_locked));
  addEventListener('storage', (event) => { if (event.key === lockedKey) show(event.newValue === '1'); });
  setInterval(async () => {
    const limit = read.is_personal ? read.lock_after_seconds : 0;
    if (!isLocked && limit && Date.now() - Number(localStorage.getItem(touchedKey) ?? 0) > limit * 1_000) {
      isTold = false;
      localStorage.setItem(lockedKey, '1');
      show(true);
    }
    if (isTold) return;
    isTold = true;
    const { status } = await hub.lockSession();
    isTold = [204, 401, 403].includes(status);
  }, 1_000);
}

export function begin(onChange, onOther) {
  changed = onChange;
  wantsOther = onOther;
  noteTouches();
  at('lock-now').addEventListener('click', lock);
  at('lock').addEventListener('submit', (event) => { event.preventDefault(); unlock(); });
  at('unlock-other').addEventListener('click', () => { isByPassword = true; said = ''; at('unlock-secret').value = ''; write(); at('unlock-secret').focus(); });
  at('other-person').addEventListener('click', () => wantsOther());
  setInterval(() => {
    tell();
    const limit = session?.lock_after_seconds;
    if (!isLocked && limit && Date.now() - Number(localStorage.getItem(touchedKey) ?? 0) > limit * 1_000) lock();
  }, 1_000);
}
