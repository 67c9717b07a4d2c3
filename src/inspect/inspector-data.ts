import type { InspectorSnapshot, PastExplanation, PictureOptions, SeenSend } from './types.js';

/** The first message of `/events`, and the one after messages that a slow client has missed. */
export interface SnapshotMessage {
  readonly type: 'snapshot';
  readonly snapshot: InspectorSnapshot;
}

/** A later message of `/events`. Lists other than `signals` and `gone` are complete. */
export interface ChangeMessage extends Pick<InspectorSnapshot, 'at' | 'managers' | 'signals' | 'peers' | 'live'> {
  readonly type: 'change';
  /** ids of signals without a row from now on */
  readonly gone: readonly number[];
}

export type EventMessage = SnapshotMessage | ChangeMessage;

/** How far a reader has come. */
export interface Position {
  /** The version of the data of which it has all rows. Versions grow. */
  readonly version: number;
  /** The part that it has of a later version, if that has too many rows for one message. */
  readonly part?: { readonly begunAt: number; readonly afterId: number };
}

/** A message, and how far its reader has come then. */
export interface Update {
  readonly position: Position;
  readonly message: EventMessage;
}

/** The data behind the routes of the server. Ids that it does not have give undefined. No method changes the app. */
export interface InspectorData {
  hasSignal(id: number): boolean;
  snapshot(): InspectorSnapshot;
  /** @param signalId - Default: the sends of all signals. */
  sends(signalId: number | undefined, limit: number): readonly SeenSend[];
  whyNot(sendId: number): readonly PastExplanation[] | undefined;
  /** @param managerId - Default: the first manager. */
  picture(managerId: number | undefined, format: NonNullable<PictureOptions['format']>): string | undefined;
  /**
   * Returns a change since that position, or the next part of a long one; undefined if nothing has changed. Without a
   * position, or if it is older than what is remembered of gone signals, returns a snapshot.
   *
   * @param signalId - The one signal whose `receivers` are filled.
   */
  update(since: Position | undefined, signalId: number | undefined): Update | undefined;
}
