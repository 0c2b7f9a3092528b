// node peer.js read FILE           prints every row as a line of JSON, after a line with the file's codec
// node peer.js write FILE CODEC    writes rows of a schema that is not quite ours
// node peer.js resolve FILE SCHEMA  prints every row as the schema sees it
const avro = require('avsc');
const snappy = require('snappyjs');

const crc32 = bytes => {
  let state = -1;
  for (const byte of bytes) {
    state ^= byte;
    for (let bit = 0; bit < 8; bit++) state = state & 1 ? (state >>> 1) ^ 0xEDB88320 : state >>> 1;
  }
  return (state ^ -1) >>> 0;
};

// left to the user by avsc
const unsnap = (block, done) => {
  const bytes = Buffer.from(snappy.uncompress(block.subarray(0, -4)));
  done(block.readUInt32BE(block.length - 4) === crc32(bytes) ? null : new Error('the checksum is wrong'), bytes);
};
const snap = (bytes, done) => {
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(bytes));
  done(null, Buffer.concat([Buffer.from(snappy.compress(bytes)), crc]));
};

// all 64 bits
const long = avro.types.LongType.__with({
  fromBuffer: buffer => buffer.readBigInt64LE(),
  toBuffer: value => { const buffer = Buffer.alloc(8); buffer.writeBigInt64LE(value); return buffer; },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: value => typeof value === 'bigint',
  compare: (a, b) => a === b ? 0 : a < b ? -1 : 1,
});

const text = (key, value) =>
  typeof value === 'bigint' ? value.toString()
    : value && value.type === 'Buffer' ? Buffer.from(value.data).toString('hex')
      : typeof value === 'number' && !Number.isFinite(value) ? String(value)
        : value;

const schema = {
  type: 'record', name: 'Everything', namespace: 'elsewhere', fields: [
    { name: 'ignored', type: { type: 'array', items: { type: 'map', values: ['null', 'double', { type: 'fixed', name: 'Two', size: 2 }] } } },
    { name: 'text', type: ['string', 'null'] },
    { name: 'Long', type: 'int' },
    { name: 'Double', type: 'float' },
    { name: 'Bytes', type: { type: 'fixed', name: 'Three', size: 3 } },
    { name: 'Kind', type: { type: 'enum', name: 'Kind', symbols: ['Blue', 'Red', 'Unknown'] } },
    { name: 'Maybe', type: ['null', 'int', 'boolean'] },
    { name: 'Numbers', type: { type: 'array', items: 'long' } },
    { name: 'Counts', type: { type: 'map', values: 'int' } },
    { name: 'At', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'Tree', type: ['null', { type: 'record', name: 'Tree', fields: [{ name: 'value', type: 'int' }, { name: 'children', type: { type: 'array', items: 'Tree' } }] }] },
    { name: 'alsoIgnored', type: ['null', 'Tree'] },
  ],
};

const rows = [];
for (let i = 0; i < 2500; i++) {
  rows.push({
    ignored: [{ a: null, b: i / 2 }, { c: Buffer.from([1, 2]) }].slice(0, i % 3),
    text: i % 5 === 0 ? null : `row ${i} é 日`,
    Long: i - 1000,
    Double: i / 4,
    Bytes: Buffer.from([i & 255, 0, 255]),
    Kind: i === 77 ? 'Unknown' : i % 2 ? 'Red' : 'Blue',
    Maybe: i === 78 ? true : i % 3 ? i : null,
    Numbers: Array.from({ length: i % 4 }, (_, at) => 4611686018427387904n + BigInt(at)),
    Counts: i % 2 ? { x: i, y: -i } : {},
    At: BigInt(i) * 1000n + 1n,
    Tree: i % 7 ? null : { value: i, children: [{ value: 1, children: [] }, { value: 2, children: [{ value: 3, children: [] }] }] },
    alsoIgnored: { value: 0, children: [] },
  });
}

const [, , verb, file, codec] = process.argv;
if (verb === 'read') {
  const decoder = avro.createFileDecoder(file, { codecs: { null: (block, done) => done(null, block), deflate: require('zlib').inflateRaw, snappy: unsnap }, parseHook: schema => avro.Type.forSchema(schema, { typeHook: schema => (schema.type || schema) === 'long' ? long : undefined }) });
  decoder.on('metadata', (type, codec) => console.log(codec));
  decoder.on('data', row => console.log(JSON.stringify(row, text)));
  decoder.on('error', error => { console.error(error); process.exit(1); });
} else if (verb === 'resolve') {
  // reads by the reader's schema, aliases and all
  const reader = avro.Type.forSchema(JSON.parse(codec));
  const decoder = avro.createFileDecoder(file, { readerSchema: reader });
  decoder.on('data', row => console.log(JSON.stringify(row, text)));
  decoder.on('error', error => { console.error(error); process.exit(1); });
} else {
  const type = avro.Type.forSchema(schema, { typeHook: schema => (schema.type || schema) === 'long' ? long : undefined });
  const encoder = avro.createFileEncoder(file, type, { codec, codecs: { null: (block, done) => done(null, block), deflate: require('zlib').deflateRaw, snappy: snap }, blockSize: 4096 });
  encoder._schema = schema; // in full: what the type has kept of it lacks the logical type
  for (const row of rows) encoder.write(row);
  encoder.end();
}
