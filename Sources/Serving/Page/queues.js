// What waits on its way to people and systems, and what was refused for good, to be sent again.
import { at, make, makeButton } from './dom.js';
import { pressLine } from './forms.js';
import * as frame from './frame.js';
import * as hub from './hub.js';
import * as presses from './presses.js';
import { role } from './who.js';
import { span, word } from './words.js';

const letters = new Map();
let queues = [];

const mayResend = () => ['supervisor', 'administrator'].includes(role());

function letterLine(queue, letter) {
  const item = make('li', 'pane'), subject = `${queue}/${letter.key}`;
  item.dataset.letter = letter.key;
  const what = letter.incident ? [letter.incident.kind, letter.incident.priority, frame.time(letter.incident.opened_at)].join(' · ') : '';
  item.append(make('p', 'place', letter.key), make('p', 'what', [letter.reason, what].filter(Boolean).join(' · ')));
  if (mayResend()) {
    const button = makeButton('primary', () => presses.add(subject, 'resend'));
    button.textContent = word('resend');
    button.dataset.verb = 'resend';
    button.disabled = presses.isUnderWay(subject, 'resend');
    item.append(button);
  }
  const lines = make('ul', 'presses');
  lines.append(...presses.of(subject).map((press) => pressLine(press, presses.dismiss)));
  item.append(lines);
  return item;
}

function write() {
  if (!queues.length) return;
  const rows = queues.map((queue) => ({
    className: queue.dead ? 'dead' : '',
    cells: [queue.queue + (queue.configured ? '' : ' · ' + word('notConfigured')), word(queue.embedded ? 'fetched' : 'carried'), queue.pending,
      queue.oldest_at ? span((hub.hubNow() - Date.parse(queue.oldest_at)) / 1_000) : '–', queue.dead],
  }));
  const body = [frame.table(['queue', 'way', 'pending', 'oldest', 'deadLetters'].map((n) => word(n)), rows, word('to_queues'))];
  for (const [queue, list] of letters) {
    if (!list.length) continue;
    const title = make('h2', '', word('deadOf', { queue })), items = make('ol');
    items.append(...list.map((letter) => letterLine(queue, letter)));
    body.push(title, items);
  }
  if (![...letters.values()].some((list) => list.length)) body.push(make('p', 'calm', word('noDead')));
  at('body').replaceChildren(...body);
}

async function read(isNewest) {
  const { status, body } = await hub.ask('/api/v1/queues');
  if (!isNewest() || !frame.tell(status)) return;
  queues = body.queues;
  for (const queue of queues) {
    if (!queue.dead) { letters.delete(queue.queue); continue; }
    const found = await hub.ask(`/api/v1/queues/${encodeURIComponent(queue.queue)}/dead-letters?limit=50`);
    if (!isNewest()) return;
    letters.set(queue.queue, found.status === 200 ? found.body.dead_letters : []);
  }
  write();
}

presses.begin(write, () => frame.tell(401));
frame.begin({ name: 'queues', every: 2_000, read, write });
