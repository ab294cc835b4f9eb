/** Frames made into a journal's bytes and read back; and what a forger would do so that checksums, chain, hashes and checkpoints fit. */

import type { Decision } from '#engine/decisions.ts';
import { hex } from '#engine/digest.ts';
import type { InputRecord } from '#engine/inputs.ts';
import { ByteWriter } from '#engine/journal/bytes.ts';
import type { Frame, Payload } from '#engine/journal/frame.ts';
import { chainHead, encodeFrame, NO_HASH } from '#engine/journal/frame-codec.ts';
import { RunHashes } from '#engine/journal/hashes.ts';
import { decodePayload, frameOf } from '#engine/journal/payload-codec.ts';
import { decodeDecisions, inputBytes, RecordWriter } from '#engine/journal/record-codec.ts';
import { INPUT_TABLE } from '#engine/journal/record-table.ts';
import type { StrategyCatalogue } from '#engine/strategy/strategy.ts';
import type { Seq, Sha256, TimeUs } from '#engine/values.ts';
import type { FileReader } from '#infra/files/read.ts';
import { segmentName } from '#infra/files/segments.ts';
import { MemoryDisk } from '#infra/memory/memory-disk.ts';
import { MEMORY_FOLDER, memoryReader } from '#infra/memory/memory-journal.ts';
import { type CheckpointPart, checkpointContent, DeskRun } from '#replay/desk-run.ts';
import { DESK, nodeDigest } from './recorder.ts';

export type Sealed = Readonly<{ disk: MemoryDisk; paths: readonly string[]; reader: () => FileReader }>;

/** Chains and stores the frames as a writer would, a file a segment. */
export function seal(frames: readonly Frame[]): Sealed {
  const disk = new MemoryDisk();
  const files: { path: string; parts: Uint8Array[] }[] = [];
  let head: Uint8Array = NO_HASH;
  for (const given of frames) {
    let frame = given;
    if (given.kind === 'segment') {
      const payload = decodePayload(given) as Extract<Payload, { kind: 'segment' }>;
      frame = frameOf(given.desk, given.epoch, given.first, { ...payload, previousHead: hex(head) as Sha256 });
      files.push({ path: `${MEMORY_FOLDER}/${segmentName(given.first + 1, payload.index)}`, parts: [] });
    }
    const bytes = encodeFrame(frame, head);
    head = chainHead(nodeDigest, head, bytes);
    files[files.length - 1].parts.push(bytes);
  }
  for (const { path, parts } of files) disk.write(path, new Uint8Array(Buffer.concat(parts)));
  return { disk, paths: files.map(({ path }) => path), reader: () => readerOf(disk) };
}

export const readerOf = (disk: MemoryDisk): FileReader => memoryReader({ disk, digest: nodeDigest });

/** One file of it, alone. */
export function only({ disk }: Sealed, path: string): FileReader {
  const alone = new MemoryDisk();
  alone.write(path, disk.bytesOf(path));
  return readerOf(alone);
}

export const decisionsOf = (frames: readonly Frame[]): Decision[] =>
  frames.flatMap((frame) => (frame.kind === 'decisions' ? decodeDecisions(frame.payload) : []));

export const inputsOf = (frames: readonly Frame[]): InputRecord[] =>
  frames.flatMap((frame) => {
    const payload = frame.kind === 'inputs' ? decodePayload(frame) : null;
    return payload?.kind === 'inputs' ? payload.records : [];
  });

/** The same journal with every decision passed through `change`; null drops it. */
export function withDecisions(frames: readonly Frame[], change: (decision: Decision) => Decision | null): Frame[] {
  return frames.flatMap((frame) => {
    if (frame.kind !== 'decisions') return [frame];
    const writer = new RecordWriter();
    let any = false;
    for (const decision of decodeDecisions(frame.payload)) {
      const changed = change(decision);
      if (changed === null) continue;
      writer.decision(changed);
      any = true;
    }
    return any ? [frameOf(frame.desk, frame.epoch, frame.first, { kind: 'decisions', bytes: writer.take() })] : [];
  });
}

/** Every number above `from` moved by `by`, in frames, records and decisions' addresses, as a forger hides a dropped or added input. */
export function renumbered(frames: readonly Frame[], from: number, by: number): Frame[] {
  const moved = <T extends number>(number: T): T => (number > from ? number + by : number) as T;
  return withDecisions(frames, (decision) => ({ ...decision, cause: moved(decision.cause) }) as Decision).map((frame) => {
    const first = moved(frame.first);
    if (frame.kind === 'inputs' || frame.kind === 'market') {
      const payload = decodePayload(frame);
      if (payload.kind === 'inputs')
        return frameOf(frame.desk, frame.epoch, first, {
          ...payload,
          records: payload.records.map((record) => ({ ...record, seq: moved(record.seq) })),
        });
      if (payload.kind === 'market') return frameOf(frame.desk, frame.epoch, first, { kind: 'market', frame: { ...payload.frame, first } });
    }
    return { ...frame, first };
  });
}

/** Only the inputs frames' records changed; frames left without any are dropped. */
export function withInputs(frames: readonly Frame[], change: (record: InputRecord) => InputRecord | null): Frame[] {
  return frames.flatMap((frame) => {
    const payload = frame.kind === 'inputs' ? decodePayload(frame) : null;
    if (payload?.kind !== 'inputs') return [frame];
    const records = payload.records.flatMap((record) => change(record) ?? []);
    if (records.length === 0) return [];
    return [frameOf(frame.desk, frame.epoch, records[0].seq, { ...payload, records })];
  });
}

/**
 * The careful forger: after tampering, both running hashes are computed again over what the frames now hold, and every checkpoint gets
 * them, with the state the desk really reaches on these inputs. Only the recorded decisions stay what they were.
 */
export function rehashed(frames: readonly Frame[], catalogue: StrategyCatalogue): Frame[] {
  const run = new DeskRun({ desk: DESK, digest: nodeDigest, catalogue });
  const ordinal = (instrument: string, source: string): number => run.desk.parts.markets.feed(instrument, source)?.ordinal ?? 0;
  const hashes = new RunHashes(nodeDigest, ordinal);
  let checkpoints = 0;
  return frames.map((frame) => {
    const payload = decodePayload(frame);
    switch (payload.kind) {
      case 'market':
        run.market(payload.frame);
        hashes.market(payload.frame, 0, payload.frame.count);
        break;
      case 'inputs':
        for (const record of payload.records) {
          run.input(record);
          hashes.input(record, INPUT_TABLE.byType.get(record.type)!.id, inputBytes(record));
        }
        break;
      case 'time':
        run.time(payload.at);
        break;
      case 'decisions':
        for (const decision of decodeDecisions(payload.bytes)) {
          const one = new RecordWriter();
          one.decision(decision);
          hashes.decisions(one.view(), decision.cause);
        }
        break;
      case 'checkpoint': {
        checkpoints++;
        const parts = run.checkpoint();
        if (parts.length !== 1 || payload.parts !== 1)
          throw new Error(`checkpoint ${checkpoints} has several parts: take a smaller market`);
        return frameOf(frame.desk, frame.epoch, run.desk.seq as Seq, forgedCheckpoint(parts[0], hashes));
      }
    }
    return frame;
  });
}

function forgedCheckpoint(part: CheckpointPart, hashes: RunHashes): CheckpointPart {
  const { counts, state } = checkpointContent([part]);
  const saved = hashes.save();
  const out = new ByteWriter();
  for (const count of Object.values(counts)) out.f64(count);
  out.u32(saved.length);
  out.raw(saved);
  out.raw(state);
  return { ...part, inputsHash: hashes.inputsHash(), decisionsHash: hashes.decisionsHash(), bytes: out.take() };
}

/** The state inside a checkpoint changed in one byte, its digest left as it was. */
export function withOtherState(frame: Frame): Frame {
  const payload = frame.payload.slice();
  payload[payload.length - 1] ^= 1;
  return { ...frame, payload };
}

/** The price of the tick with this number changed. */
export function withTicks(frames: readonly Frame[], number: number, change: (values: readonly number[]) => readonly number[]): Frame[] {
  return frames.map((frame) => {
    if (frame.kind !== 'market' || number < frame.first || number >= frame.first + frame.count) return frame;
    const payload = decodePayload(frame) as Extract<Payload, { kind: 'market' }>;
    const offset = number - frame.first;
    payload.frame.offsets.forEach((offsets, owner) => {
      const index = offsets.indexOf(offset);
      if (index < 0) return;
      const { values } = payload.frame.blocks[owner];
      change(values.map((column) => column[index])).forEach((value, column) => {
        values[column][index] = value;
      });
    });
    return frameOf(frame.desk, frame.epoch, frame.first, payload);
  });
}

/** The frame of inputs that holds this number, written twice. */
export const withInputsTwice = (frames: readonly Frame[], number: number): Frame[] =>
  frames.flatMap((frame) =>
    frame.kind === 'inputs' && number >= frame.first && number < frame.first + frame.count
      ? [
          frame,
          frameOf(frame.desk, frame.epoch, number as Seq, {
            kind: 'inputs',
            records: inputsOf([frame]).filter(({ seq }) => seq === number),
            cursor: null,
          }),
        ]
      : [frame],
  );

/** Time said to have passed to the first instant, behind what has arrived. */
export const withTime = (frames: readonly Frame[], place: number): Frame[] =>
  frames.flatMap((frame, index) =>
    index === place ? [frameOf(frame.desk, frame.epoch, (frame.first - 1) as Seq, { kind: 'time', at: 1 as TimeUs }), frame] : [frame],
  );

export const encodeCheckpoint = (part: CheckpointPart): Uint8Array => frameOf(DESK, 1, 0 as Seq, part).payload;

/** The values of the tick with this number. */
export function ticksAt(frames: readonly Frame[], number: number): number[] {
  let found: readonly number[] = [];
  withTicks(frames, number, (values) => {
    found = values;
    return values;
  });
  return [...found];
}

/** This tick and the nearest one before or behind it in the same block that says something else. */
export function swappable(frames: readonly Frame[], number: number): readonly [number, number] {
  const own = ticksAt(frames, number);
  for (let by = 1; by < 200; by++) {
    for (const other of [number - by, number + by]) {
      const values = ticksAt(frames, other);
      if (values.length === own.length && values[0] !== own[0]) return [number, other];
    }
  }
  throw new Error(`nothing near ${number} to swap it with`);
}
