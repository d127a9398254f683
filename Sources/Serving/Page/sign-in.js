// The form that lets somebody in: a name and a password, or a token. It lies over a board that goes on.
import './access-words.js';
import { at, put } from './dom.js';
import * as hub from './hub.js';
import { word } from './words.js';

let entered = () => {};
let said = ['', {}];

export function ask() {
  const wasHidden = at('login').hidden;
  at('login').hidden = false;
  write();
  if (wasHidden) at('account-name').focus();
}

export function close() { at('login').hidden = true; say(''); }

export const isAsking = () => !at('login').hidden;

function say(name, places = {}) { said = [name, places]; write(); }

export function write() { put(at('login-state'), said[0] ? word(said[0], said[1]) : ''); }

export async function enter(secret) {
  say('');
  const { status, body, retryAfter } = await hub.openSession(secret);
  if (status === 204) { close(); return entered(); }
  ask();
  if (status === 401) return say(body.error?.code === 'wrong_token' ? 'wrongToken' : 'wrongPassword');
  if (status === 429) return say('tooManyWait', { n: retryAfter || 60 });
  say(status === 503 ? 'busySignIn' : 'unreachable');
}

export function begin(onEntered) {
  entered = onEntered;
  at('login-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const name = at('account-name').value.trim(), password = at('password').value;
    at('password').value = '';
    if (name && password) enter({ name, password });
  });
  // Only the board has it.
  at('token-form')?.addEventListener('submit', (event) => {
    event.preventDefault();
    const token = at('token').value.trim();
    at('token').value = '';
    if (token) enter({ token });
  });
}
