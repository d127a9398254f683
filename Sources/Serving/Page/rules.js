// Every rule in words, with its numbers, their source, and the proof that it keeps the minute.
import { at, make } from './dom.js';
import * as frame from './frame.js';
import * as hub from './hub.js';
import { kindName } from './names.js';
import { made } from './proof.js';
import { language, word } from './words.js';

let rules = [];
const search = make('input');
search.type = 'search';
search.maxLength = 80;
search.id = 'search';
const label = make('label', 'search'), list = make('ol');
const labelWord = make('span');
label.append(labelWord, search);
search.addEventListener('input', filter);

function filter() {
  const wanted = search.value.trim().toLowerCase();
  for (const item of list.children) item.hidden = wanted !== '' && !item.textContent.toLowerCase().includes(wanted);
}

function ruleItem(rule) {
  const tongue = language(), proof = rule.proof;
  const item = make('li', 'pane');
  item.dataset.rule = rule.name;
  const isKept = proof.over_count === 0;
  item.append(make('h2', '', `${rule.what?.[tongue] ?? rule.name}`), make('p', 'marks ' + rule.priority));
  item.lastChild.append(make('span', 'priority', word(rule.priority)), make('span', '', rule.name), make('span', '', rule.kinds.map(kindName).join('、')));
  item.append(make('p', 'what', rule.text?.[tongue] ?? ''));
  item.append(frame.facts([['numbers', rule.numbers.map(([name, value]) => `${name}: ${value}`).join('\n')], ['sourceOfRule', rule.source]]));
  const worst = proof.worst;
  const line = make('p', isKept ? 'well' : 'unwell', isKept ? word('minuteKept', { n: proof.on }) : word('minuteOver', { n: proof.over_count, all: proof.on }));
  item.append(line);
  if (worst) item.append(make('p', 'source', `${word('worst_' + worst.promise)} · ${made(worst)}` + (worst.device ? ` · ${worst.device}` : '')));
  for (const row of proof.over) item.append(make('p', 'source', `${row.home ?? ''} ${row.device ?? ''}: ${made(row)}`));
  if (proof.accepted) item.append(make('p', 'source', word('acceptedLonger', { n: proof.accepted })));
  for (const off of proof.off) item.append(make('p', 'source', word('offBecause', { n: off.count, why: off[tongue] })));
  return item;
}

function write() {
  labelWord.textContent = word('search');
  if (!label.isConnected) at('body').append(label, list);
  list.replaceChildren(...rules.map(ruleItem));
  filter();
}

async function read() {
  const { status, body } = await hub.ask('/api/v1/rules');
  if (!frame.tell(status)) return;
  rules = body.rules;
  write();
}

frame.begin({ name: 'rules', read, write });
