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

/** A message, and the version of the data that its reader has then. Versions grow. */
export interface Update {
  readonly version: number;
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
   * Returns a change since that version, or undefined if nothing has changed. Without a version, or if it is older than
   * what is remembered of gone signals, returns a snapshot.
   *
   * @param signalId - The one signal whose `receivers` are filled.
   */
  update(since: number | undefined, signalId: number | undefined): Update | undefined;
}
