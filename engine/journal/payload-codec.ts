/** The payload of every kind of frame, as bytes and back. Any bytes give a payload or a BadRecord. */
import { unreachable } from '../assert.ts';
import type { DeskId, Seq, TimeUs } from '../values.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import type { Frame, Payload } from './frame.ts';
import { readMarket, writeMarket } from './market-codec.ts';
import { readCursor, readHash, writeCursor, writeHash } from './payload-parts.ts';
import { readPlain, writePlain } from './plain-codec.ts';
import { decodeInputs, RecordWriter, recordRanges } from './record-codec.ts';

/** A frame around a payload: its count is what the payload holds. `first`: the first number, or the last before it. */
export function frameOf(desk: DeskId, epoch: number, first: Seq, payload: Payload): Frame {
  return { desk, epoch, kind: payload.kind, first, count: countOf(payload), payload: encodePayload(payload) };
}

function countOf(payload: Payload): number {
  if (payload.kind === 'market') return payload.frame.count;
  if (payload.kind === 'inputs') return payload.records.length;
  if (payload.kind === 'tape') return payload.count;
  if (payload.kind !== 'decisions') return 0;
  let count = 0;
  for (const _ of recordRanges(payload.bytes)) count++;
  return count;
}

/** Used again for every page of inputs: one is a thousand times larger than most of what it takes. */
const records = new RecordWriter();

export function encodePayload(payload: Payload): Uint8Array {
  if (payload.kind === 'decisions') return payload.bytes;
  records.reset();
  if (payload.kind === 'inputs') for (const record of payload.records) records.input(record);
  const out = new ByteWriter(payload.kind === 'market' ? 256 + 8 * payload.frame.count : 512 + records.length);
  switch (payload.kind) {
    case 'genesis':
      writePlain(out, payload.manifest, 'manifest');
      break;
    case 'claim':
      out.text(payload.owner, 'owner');
      out.whole(payload.at, 'at');
      break;
    case 'market':
      writeMarket(out, payload.frame);
      break;
    case 'inputs': {
      writeCursor(out, payload.cursor);
      out.raw(records.view());
      break;
    }
    case 'time':
      out.whole(payload.at, 'at');
      break;
    case 'checkpoint':
      out.u32(payload.part);
      out.u32(payload.parts);
      out.u32(payload.stateSchema);
      writeHash(out, payload.digest);
      writeHash(out, payload.inputsHash);
      writeHash(out, payload.decisionsHash);
      out.raw(payload.bytes);
      break;
    case 'opened':
      out.text(payload.build, 'build');
      writeHash(out, payload.config);
      out.u16(payload.flags.length);
      for (const flag of payload.flags) out.text(flag, 'flags');
      out.whole(payload.at, 'at');
      break;
    case 'segment':
      writeHash(out, payload.previousHead);
      out.u32(payload.index);
      out.whole(payload.day, 'day');
      break;
    case 'closed':
      out.u8(payload.clean ? 1 : 0);
      break;
    case 'tape':
      break;
    default:
      unreachable(payload);
  }
  return out.take();
}

export function decodePayload(frame: Frame): Payload {
  const reader = new ByteReader(frame.payload);
  reader.field = frame.kind;
  const payload = readPayload(reader, frame);
  if (reader.left > 0) throw reader.bad(`${reader.left} bytes after the payload`);
  if (countOf(payload) !== frame.count) throw reader.bad(`${countOf(payload)} inside, the header says ${frame.count}`);
  return payload;
}

function readPayload(reader: ByteReader, { kind, first, count }: Frame): Payload {
  const rest = () => reader.raw(reader.left);
  switch (kind) {
    case 'genesis':
      return { kind, manifest: readPlain(reader) };
    case 'claim':
      return { kind, owner: reader.text(), at: reader.whole() as TimeUs };
    case 'market':
      return { kind, frame: readMarket(reader, first, count) };
    case 'inputs': {
      const cursor = readCursor(reader);
      const records = decodeInputs(rest());
      records.forEach((record, index) => {
        if (record.seq !== first + index) throw reader.bad(`number ${record.seq} where ${first + index} belongs`);
      });
      return { kind, records, cursor };
    }
    case 'time':
      return { kind, at: reader.whole() as TimeUs };
    case 'decisions':
      return { kind, bytes: rest() };
    case 'checkpoint': {
      const part = reader.u32();
      const parts = reader.u32();
      if (part >= parts) throw reader.bad(`part ${part} of ${parts}`);
      const stateSchema = reader.u32();
      const [digest, inputsHash, decisionsHash] = [readHash(reader), readHash(reader), readHash(reader)];
      return { kind, part, parts, stateSchema, digest, inputsHash, decisionsHash, bytes: rest() };
    }
    case 'opened': {
      const build = reader.text();
      const config = readHash(reader);
      const flags = Array.from({ length: reader.u16() }, () => reader.text());
      return { kind, build, config, flags, at: reader.whole() as TimeUs };
    }
    case 'segment':
      return { kind, previousHead: readHash(reader), index: reader.u32(), day: reader.whole() };
    case 'closed':
      return { kind, clean: reader.flag() };
    case 'tape':
      return { kind, count };
    default:
      return unreachable(kind);
  }
}
