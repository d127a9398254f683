// What a person changes of the own account: password and PIN.
import './access-words.js';
import { at, put } from './dom.js';
import * as hub from './hub.js';
import { noteTouches } from './lock.js';
import { switchLanguage, word, writeWords } from './words.js';

let said = ['', ''];
let session = null;

function write() {
  writeWords();
  document.title = word('accountTitle');
  put(at('language'), word('language'));
  put(at('owner'), session ? word('hello', { name: session.actor, role: word('role_' + session.role) }) : '');
  put(at('state'), said[0] ? word(said[0], { why: word(said[1]) }) : '');
  at('state').hidden = !said[0];
}

function say(name, why = '') { said = [name, why]; write(); }

function tell({ status, body }) {
  if (status === 204) return say('savedSecret');
  say('notSaved', status === 0 ? 'unreachable' : status === 429 ? 'tooMany' : status === 503 ? 'busySignIn' : status === 401 ? 'signInFirst' : status === 423 ? 'lockedPage' : (body.error?.code ?? 'unreachable'));
}

async function begin() {
  noteTouches();
  write();
  const { status, body } = await hub.readSession();
  if (status !== 200) return say(status === 401 ? 'signInFirst' : 'unreachable');
  session = body;
  if (!session.is_personal) return say('noAccount');
  if (session.is_locked) return say('lockedPage');
  for (const field of document.querySelectorAll('.account-name')) field.value = session.actor;
  at('change-password').hidden = at('change-pin').hidden = false;
  write();
}

at('language').addEventListener('click', () => { switchLanguage(); write(); });
at('change-password').addEventListener('submit', async (event) => {
  event.preventDefault();
  if (at('new').value !== at('repeat').value) return say('notSame');
  const answer = await hub.changePassword({ old: at('old').value, new: at('new').value });
  if (answer.status === 204) event.target.reset();
  tell(answer);
});
at('change-pin').addEventListener('submit', async (event) => {
  event.preventDefault();
  const pin = at('pin').value.trim();
  const answer = await hub.changePIN(pin ? { password: at('pin-password').value, pin } : { password: at('pin-password').value });
  if (answer.status === 204) event.target.reset();
  tell(answer);
});
begin();
