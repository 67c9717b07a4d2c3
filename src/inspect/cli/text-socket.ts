import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Socket } from 'node:net';

const TEXT_FRAME = 1;
const CLOSE_FRAME = 8;
const LAST_FRAME = 0x80;
const MASKED = 0x80;
/** How many bytes follow for the length, by the length in the second byte. */
const LENGTH_BYTES: Readonly<Record<number, number>> = { 126: 2, 127: 8 };

interface WebSocketFrame {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly rest: Buffer;
}

/**
 * A WebSocket for texts, because Node 20 has no `WebSocket`. It has the part of RFC 6455 that V8's inspector uses: each
 * text is one frame, and neither side pings.
 */
export class TextSocket {
  readonly #socket: Socket;
  readonly #onText: (text: string) => void;
  #received: Buffer;

  /**
   * Connects to an address that begins with `ws:`.
   *
   * @param onText - Called with each text.
   * @param onClose - Called once, when no text can follow.
   * @throws If there is no WebSocket at this address.
   */
  static open(address: string, onText: (text: string) => void, onClose: () => void): Promise<TextSocket> {
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    };
    return new Promise((resolve, reject) => {
      request(address.replace('ws:', 'http:'), { headers })
        .on('upgrade', (_response, socket: Socket, head) => resolve(new TextSocket(socket, head, onText, onClose)))
        .on('response', ({ statusCode }) => reject(new Error(`${address} has answered ${statusCode}`)))
        .on('error', reject)
        .end();
    });
  }

  private constructor(socket: Socket, head: Buffer, onText: (text: string) => void, onClose: () => void) {
    this.#socket = socket;
    this.#received = head;
    this.#onText = onText;
    socket.on('data', (data: Buffer) => this.#take(data));
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', onClose);
  }

  /** Sends a text of 126 to 65,535 bytes, as all commands have. */
  send(text: string): void {
    const payload = Buffer.from(text);
    const mask = randomBytes(4);
    const head = Buffer.from([LAST_FRAME | TEXT_FRAME, MASKED | 126, 0, 0]);
    head.writeUInt16BE(payload.length, 2);
    const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
    this.#socket.write(Buffer.concat([head, mask, masked]));
  }

  /** Closes without waiting for the other side. */
  close(): void {
    this.#socket.destroy();
  }

  #take(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data]);
    for (let frame; (frame = firstFrame(this.#received)) !== undefined;) {
      this.#received = frame.rest;
      if (frame.opcode === TEXT_FRAME) this.#onText(frame.payload.toString());
      if (frame.opcode === CLOSE_FRAME) this.close();
    }
  }
}

/** @returns undefined if the frame is not complete. */
function firstFrame(data: Buffer): WebSocketFrame | undefined {
  const [first = 0, length = 0] = data;
  const lengthBytes = LENGTH_BYTES[length] ?? 0;
  const start = 2 + lengthBytes;
  if (data.length < start) return undefined;
  const end = start + (lengthBytes === 0 ? length : Number(`0x${data.toString('hex', 2, start)}`));
  if (data.length < end) return undefined;
  return { opcode: first & 0x0f, payload: data.subarray(start, end), rest: data.subarray(end) };
}
