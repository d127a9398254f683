// Reports: how fast the service answered, how good its alarms were, day by day, and the same as a table for a spreadsheet.
import * as charts from './charts.js';
import { at, make, makeButton, put } from './dom.js';
import * as frame from './frame.js';
import * as hub from './hub.js';
import { span, word } from './words.js';

const periods = [['day1', 1], ['day7', 7], ['day30', 30], ['day365', 365]];
const dayMilliseconds = 86_400_000;
let days = 7;
let report = null;
let period = '';

const choices = make('div', 'row no-print');
const buttons = periods.map(([name, count]) => {
  const button = makeButton('', () => { days = count; frame.again(); });
  button.dataset.days = String(count);
  choices.append(button);
  return [button, name, count];
});
const csv = make('a', 'button'), body = make('div');
csv.id = 'csv';
csv.download = 'vigil-report.csv';
choices.append(csv);

const duration = (milliseconds) => (milliseconds === null ? '–' : milliseconds < 60_000 ? `${(milliseconds / 1_000).toFixed(1)} s` : span(milliseconds / 1_000));

function write() {
  for (const [button, name, count] of buttons) { put(button, word(name)); button.setAttribute('aria-pressed', String(count === days)); }
  put(csv, word('csv'));
  if (!choices.isConnected) at('body').append(choices, body);
  if (!report) return;
  csv.href = `/api/v1/reports/${encodeURIComponent(period)}?format=csv`;
  const parts = [make('p', 'place', word('reportSaid', { n: report.incidents, open: report.still_open, escalated: report.escalated, late: report.late }))];
  const bars = report.days.map((day) => ({ name: new Date(day.day).toLocaleDateString(document.documentElement.lang, { month: 'numeric', day: 'numeric' }), parts: ['high', 'medium', 'low', 'information'].map((name) => [day[name], name]) }));
  parts.push(charts.bars({ bars, said: word('daysSaid', { n: report.incidents, days: report.days.length }) }));
  const steps = report.steps.map((s) => [word('step_' + s.step), s.count, s.missed, duration(s.p50_ms), duration(s.p90_ms), duration(s.p99_ms), s.within_60_s, s.within_30_min]);
  parts.push(make('h2', '', word('steps')), frame.table(['step', 'count', 'missed', 'p50', 'p90', 'p99', 'within60', 'within30'].map((n) => word(n)), steps, word('steps')));
  for (const [name, of] of [['rules', 'rule'], ['devices', 'device'], ['rooms', 'room']]) {
    const rows = report.quality.filter((q) => q.of === of).map((q) => [q.name, q.closed, q.false_alarms, q.recovered]);
    if (rows.length) parts.push(make('h2', '', word('qualityOf_' + name)), frame.table(['what', 'closed', 'falseAlarms', 'recoveredWord'].map((n) => word(n)), rows, word('qualityOf_' + name)));
  }
  if (report.coverage) {
    const { per_mille: n, eligible, residents, with_device: device, lost } = report.coverage;
    parts.push(make('h2', '', word('coverageTitle')), make('p', 'place', word('coverageSaid', { n: n ?? '–', eligible, residents, device })));
    const rows = lost.filter((l) => l.seconds > 0).map((l) => [word('lost_' + l.cause), (l.seconds / 3_600).toFixed(1)]);
    if (rows.length) parts.push(frame.table(['what', 'lostTime'].map((name) => word(name)), rows, word('coverageTitle')));
  }
  const duties = (report.duties ?? []).map((d) => [word('duty_' + d.duty), d.asked, d.in_time, d.late, d.open]);
  if (duties.length) parts.push(make('h2', '', word('dutiesTitle')), frame.table(['what', 'dutyAsked', 'dutyInTime', 'dutyLate', 'dutyOpen'].map((name) => word(name)), duties, word('dutiesTitle')));
  body.replaceChildren(...parts);
}

async function read(isNewest) {
  const until = hub.hubNow() + 1_000;
  const asked = `${new Date(until - days * dayMilliseconds).toISOString()}--${new Date(until).toISOString()}`;
  const found = await hub.ask(`/api/v1/reports/${encodeURIComponent(asked)}`, {}, 60_000);
  if (!isNewest() || !frame.tell(found.status)) return;
  [report, period] = [found.body, asked];
  write();
}

frame.begin({ name: 'reports', read, write });
