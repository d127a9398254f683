// Why nothing was reported at some moment: what was known of a resident then, and what every rule thought of it.
import { at, make, put } from './dom.js';
import * as frame from './frame.js';
import * as hub from './hub.js';
import { word } from './words.js';

const form = make('form', 'row'), residentLabel = make('label'), residentWord = make('span'), resident = make('input');
const whenLabel = make('label'), whenWord = make('span'), when = make('input'), go = make('button', 'primary');
resident.required = when.required = true;
resident.id = 'resident';
resident.maxLength = 64;
resident.setAttribute('list', 'people');
when.type = 'datetime-local';
when.step = 1;
when.id = 'when';
go.type = 'submit';
go.id = 'go';
residentLabel.append(residentWord, resident);
whenLabel.append(whenWord, when);
form.append(residentLabel, whenLabel, go);
const people = make('datalist');
people.id = 'people';
const state = make('p');
state.setAttribute('role', 'status');
const answer = make('ol');
let lines = [];
let asked = '';
let questions = 0;

// The hub answers in both languages at once.
function write() {
  put(residentWord, word('resident'));
  put(whenWord, word('moment'));
  put(go, word('ask'));
  put(state, asked ? word(asked) : '');
  if (!form.isConnected) at('body').append(form, people, state, answer);
  answer.replaceChildren(...lines.map((line) => make('li', line.startsWith(' ') ? 'tap-row' : 'pane', line.trim())));
}

function local(milliseconds) {
  const shifted = new Date(milliseconds - new Date(milliseconds).getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  asked = 'asking';
  write();
  const own = ++questions, moment = new Date(when.value).toISOString();
  const { status, body } = await hub.ask(`/api/v1/residents/${encodeURIComponent(resident.value.trim())}/explanation?at=${encodeURIComponent(moment)}`, {}, 120_000);
  // Somebody has asked another question since.
  if (own !== questions) return;
  asked = status === 200 ? '' : status === 404 ? 'unknown_resident' : 'notAnswered';
  lines = status === 200 ? body.lines : [];
  document.documentElement.dataset.answered = String(status);
  write();
});

async function read(isNewest) {
  const { status, body } = await hub.ask('/api/v1/devices');
  if (!isNewest() || !frame.tell(status)) return;
  const names = [...new Set(body.devices.flatMap((device) => device.residents))].sort();
  people.replaceChildren(...names.map((name) => { const option = make('option'); option.value = name; return option; }));
  // After the screen was unlocked it is read again: what was typed stays.
  if (!resident.value) resident.value = frame.place('resident') || (names.length === 1 ? names[0] : '');
  if (!when.value) when.value = local(frame.place('at') ? Date.parse(frame.place('at')) : hub.hubNow());
  write();
}

frame.begin({ name: 'why', read, write });
