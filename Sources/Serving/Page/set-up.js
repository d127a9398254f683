// The owner of a set-up link chooses a password, once, and is signed in.
import './access-words.js';
import { at, put } from './dom.js';
import * as hub from './hub.js';
import { switchLanguage, word, writeWords } from './words.js';

const code = new URLSearchParams(location.hash.slice(1)).get('code') ?? '';
let said = ['checking', {}];
let owner = null;

function write() {
  writeWords();
  document.title = word('setUpTitle');
  put(at('language'), word('language'));
  put(at('state'), said[0] ? word(said[0], said[1]) : '');
  at('state').hidden = !said[0];
  put(at('owner'), owner ? word('hello', { name: owner.name, role: word('role_' + owner.role) }) : '');
}

function say(name, places = {}) { said = [name, places]; write(); }

function tell({ status, body, retryAfter }) {
  if (status === 410) { at('set-up').hidden = true; return say('linkSpent'); }
  if (status === 429) return say('tooManyWait', { n: retryAfter || 60 });
  if (status === 422) return say(body.error?.code ?? 'linkSpent');
  say(status === 503 ? 'busySignIn' : 'unreachable');
}

async function look() {
  // The code must not stay in the address, the history or a screenshot.
  if (location.hash) history.replaceState(null, '', location.pathname);
  if (!code) return say('linkSpent');
  const answer = await hub.lookAtLink(code);
  if (answer.status !== 200) return tell(answer);
  owner = answer.body;
  at('account-name').value = owner.name;
  at('set-up').hidden = false;
  say('');
  at('password').focus();
}

at('language').addEventListener('click', () => { switchLanguage(); write(); });
at('set-up').addEventListener('submit', async (event) => {
  event.preventDefault();
  const password = at('password').value, pin = at('pin').value.trim();
  if (password !== at('repeat').value) { say('notSame'); return at('repeat').focus(); }
  const answer = await hub.setUpAccount(pin ? { code, password, pin } : { code, password });
  if (answer.status === 204) return location.replace('/');
  tell(answer);
});
// A second link in the same tab differs in its last part alone: the browser would not load the page again.
addEventListener('hashchange', () => location.reload());
write();
look();
