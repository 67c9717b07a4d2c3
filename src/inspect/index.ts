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
