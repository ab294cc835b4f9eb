/**
 * A journal's frames written into a folder as they are, wherever they came from: segments begin where they began, and what is there already is
 * gone on from. The folder is locked meanwhile, and holds a whole journal at any moment.
 */
import type { Digest } from '#engine/digest.ts';
import { hex } from '#engine/digest.ts';
import type { Frame } from '#engine/journal/frame.ts';
import { chainHead, NO_HASH } from '#engine/journal/frame-codec.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import type { DeskId, Seq } from '#engine/values.ts';
import { type Disk, type DiskFile, nodeDisk } from './disk.ts';
import { refuseForeign } from './file-journal.ts';
import { type Lock, nodeProcesses, type Processes, takeLock } from './lock.ts';
import { recover } from './recover.ts';
import { segmentName } from './segments.ts';

export type CopyIntoFolderOptions = Readonly<{ folder: string; desk: DeskId; digest: Digest; disk?: Disk; processes?: Processes }>;

const AT_ONCE = 8 * 2 ** 20;

export async function copyIntoFolder({
  folder,
  desk,
  digest,
  disk = nodeDisk,
  processes = nodeProcesses,
}: CopyIntoFolderOptions): Promise<FolderCopy> {
  await refuseForeign(disk, folder);
  const lock = await takeLock(disk, folder, processes);
  try {
    const { head, seq, segment } = await recover(disk, folder, desk, digest);
    const file = segment === null ? null : await disk.open(segment.segment.path, 'append');
    return new FolderCopy({ folder, digest, disk, lock }, head, seq, file);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

type Parts = Readonly<{ folder: string; digest: Digest; disk: Disk; lock: Lock }>;

export class FolderCopy {
  readonly #parts: Parts;
  #head: Uint8Array;
  #seq: Seq;
  #file: DiskFile | null;
  #waiting: Uint8Array[] = [];
  #bytes = 0;

  constructor(parts: Parts, head: Uint8Array, seq: Seq, file: DiskFile | null) {
    this.#parts = parts;
    this.#head = head;
    this.#seq = seq;
    this.#file = file;
  }

  /** Of the last frame that is there; null when none is. */
  get head(): string | null {
    return this.#head === NO_HASH ? null : hex(this.#head);
  }

  get seq(): Seq {
    return this.#seq;
  }

  /** The next frame of the chain. */
  async take(frame: Frame, bytes: Uint8Array, last: Seq): Promise<void> {
    const { folder, digest, disk } = this.#parts;
    const payload = frame.kind === 'segment' ? decodePayload(frame) : null;
    if (payload?.kind === 'segment') {
      await this.#write();
      await this.#file?.close();
      this.#file = await disk.open(`${folder}/${segmentName(frame.first + 1, payload.index)}`, 'append');
      await disk.syncFolder(folder);
    }
    if (this.#file === null) throw new Error('a journal in files begins with a segment');
    this.#waiting.push(bytes.slice());
    this.#bytes += bytes.length;
    this.#head = chainHead(digest, bytes.subarray(32, 64), bytes);
    this.#seq = last;
    if (this.#bytes >= AT_ONCE) await this.#write();
  }

  async close(): Promise<void> {
    await this.#write();
    await this.#file?.close();
    await this.#parts.lock.release();
  }

  async #write(): Promise<void> {
    if (this.#bytes === 0) return;
    await this.#file!.append(Buffer.concat(this.#waiting.splice(0)));
    await this.#file!.sync();
    this.#bytes = 0;
  }
}
