// Makes earthquakes.csv from the GeoJSON file of the USGS ("All Earthquakes, Past Week") that the npm package
// vega-datasets 3.2.1 carries as data/earthquakes.json, and prints the facts that NOTICE.md states.
//
//   node make-csv.mjs path/to/data/earthquakes.json [earthquakes.csv]
//
// Rows are in the order in which the USGS last touched them (`updated`; ties by time, then id): the order in which
// a reader of the feed would have learned of them. Times are ISO 8601, UTC, milliseconds. An unknown magnitude is empty.

import { readFileSync, writeFileSync } from 'node:fs';

const [input, output = 'earthquakes.csv'] = process.argv.slice(2);
if (!input) {
  console.error('usage: node make-csv.mjs path/to/earthquakes.json [earthquakes.csv]');
  process.exit(2);
}

const columns = ['id', 'time', 'updated', 'net', 'mag', 'place', 'longitude', 'latitude', 'depth'];
const features = JSON.parse(readFileSync(input, 'utf8')).features;

const quakes = features
  .map(({ id, properties: { time, updated, net, mag, place }, geometry: { coordinates: [longitude, latitude, depth] } }) =>
    ({ id, time, updated, net, mag, place, longitude, latitude, depth }))
  .sort((a, b) => a.updated - b.updated || a.time - b.time || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));

if (new Set(quakes.map(q => q.id)).size !== quakes.length)
  throw new Error('The ids are not unique.');

const iso = ms => new Date(ms).toISOString();                       // always three fraction digits and Z
const quoted = text => /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
const field = value => value === null || value === undefined ? '' : quoted(String(value));
const lines = quakes.map(q => columns.map(c => c === 'time' || c === 'updated' ? iso(q[c]) : field(q[c])).join(','));
writeFileSync(output, [columns.join(','), ...lines, ''].join('\n'));

// The facts. A row is behind if its time is below the largest time before it, and late if below that time − bound.
const hour = 3_600_000;
const count = test => {
  let max = -Infinity, found = 0;
  for (const q of quakes) {
    if (test(q, max)) found++;
    max = Math.max(max, q.time);
  }
  return found;
};
const floor = (time, size) => Math.floor(time / size) * size;
const late = bound => count((q, max) => q.time < max - bound);

console.log(`rows ${quakes.length}, without magnitude ${quakes.filter(q => q.mag === null).length}, nets ${new Set(quakes.map(q => q.net)).size}`);
console.log(`event times ${iso(Math.min(...quakes.map(q => q.time)))} to ${iso(Math.max(...quakes.map(q => q.time)))}`);
console.log(`updated     ${iso(quakes[0].updated)} to ${iso(quakes.at(-1).updated)}`);
console.log(`behind the running maximum: ${count((q, max) => q.time < max)}`);
for (const hours of [1, 6, 24, 72])
  console.log(`late with a bound of ${hours} h: ${late(hours * hour)}`);
console.log(`late with a bound of 24 h and their tumbling 6 h window complete: ${
  count((q, max) => q.time < max - 24 * hour && floor(q.time, 6 * hour) + 6 * hour <= max - 24 * hour)}`);
