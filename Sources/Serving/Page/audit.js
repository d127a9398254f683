// The audit: who looked at what and did what, newest first. It has no resident's name.
import { at, make, makeButton, put } from './dom.js';
import * as frame from './frame.js';
import * as hub from './hub.js';
import './people-words.js';
import { word } from './words.js';

let entries = null;
let next = null;
let pages = 0;
const older = makeButton('', () => load(next)), said = make('p', 'source'), body = make('div');
older.id = 'older';

// A stable word in the reader's language, where there is one.
function named(prefix, name) { const found = word(prefix + name); return found === prefix + name ? name : found; }

function write() {
  put(said, word('auditSaid'));
  put(older, word('auditOlder'));
  older.hidden = next === null;
  if (!body.isConnected) at('body').append(said, body, older);
  if (!entries) return;
  const rows = entries.map((e) => [frame.time(e.at), e.actor, named('role_', e.role), named('audit_', e.action), e.object, e.outcome, e.via]);
  const heads = ['when', 'actorWord', 'accountRole', 'what', 'object', 'outcome', 'via'].map((n) => word(n));
  body.replaceChildren(rows.length ? frame.table(heads, rows, word('to_audit')) : make('p', 'calm', word('nothingKept')));
}

// Two presses ask for the same page: it is shown once.
async function load(before) {
  const own = ++pages;
  const { status, body: page } = await hub.ask('/api/v1/audit?limit=100' + (before === null ? '' : `&before=${before}`));
  if (own !== pages || !frame.tell(status)) return;
  entries = before === null ? page.entries : [...entries, ...page.entries];
  next = page.next;
  write();
}

frame.begin({ name: 'audit', read: () => load(null), write });
