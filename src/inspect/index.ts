/**
 * Shows what the signals of a running process do: as a page, and as data. For Node.
 *
 * @module signalbox/inspect
 */
export { inspect } from './inspect.js';
export { picture } from './picture.js';
export type {
  ErrorNote,
  InspectOptions,
  Inspector,
  InspectorSnapshot,
  ManagerRow,
  PastExplanation,
  PeerRow,
  PictureOptions,
  ReceiverRow,
  SeenCall,
  SeenSend,
  SignalRow,
  Tally,
} from './types.js';
