// How long a rule takes at worst, and what that is made of: "35 s = interval 15 + persistence 15 + hub 5".
import { span, word } from './words.js';

export function made(row) {
  if (row.seconds === null) return '–';
  const parts = [['transport', row.transport_s], ['interval', row.interval_s], ['window', row.window_s], ['persistence', row.persistence_s], ['pipeline', row.promise === 'absence' ? 0 : row.pipeline_s]]
    .filter(([, value]) => value).map(([name, value]) => `${word('part_' + name)} ${value}`);
  return `${span(row.seconds)} = ${parts.join(' + ')}`;
}
