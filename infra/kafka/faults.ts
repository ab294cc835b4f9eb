/** What can be wrong with a Kafka that was named, each by its own name: who stands above tells people, and knows how to leave. */
import { JournalAway } from '#engine/journal/port.ts';

/** No broker answers, or not in time. */
export class KafkaUnreachable extends JournalAway {
  override name = 'KafkaUnreachable';
}

/** It answers, and will not have us, or is not set up for a journal. The message says what to do. */
export class KafkaRefused extends JournalAway {
  override name = 'KafkaRefused';
}

/** The partition holds another desk's journal. */
export class WrongDesk extends JournalAway {
  override name = 'WrongDesk';
}

/** Nothing was written of this desk yet, or it is elsewhere. */
export class NoSuchDesk extends JournalAway {
  override name = 'NoSuchDesk';
}

/** The topic has forgotten records that are needed. */
export class JournalShortened extends JournalAway {
  override name = 'JournalShortened';
}
