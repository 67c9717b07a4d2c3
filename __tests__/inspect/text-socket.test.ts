import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { type Server, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { TextSocket } from '../../src/inspect/cli/text-socket.js';
import { rejectionOf } from '../helpers/promises.js';

let server: Server | undefined;
const sockets: Socket[] = [];

afterEach(() => {
  server?.close();
  for (const socket of sockets.splice(0)) socket.destroy();
});

const UPGRADED = Buffer.from('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');

/** A server that begins its answer with these bytes. Resolves with the address, and the socket of the first client. */
async function serving(bytes: Buffer) {
  server = createServer((_request, response) => response.writeHead(404).end());
  const connected = new Promise<Socket>((resolve) => {
    server?.on('upgrade', (_request, socket: Socket) => {
      sockets.push(socket.on('error', () => undefined));
      socket.write(bytes);
      resolve(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { address: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/id`, connected };
}

/** A frame as a server sends it: with the shortest form of its length, and without a mask. */
function frame(text: string, opcode = 1): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const [short, bytes] = length < 126 ? [length, 0] : length < 65_536 ? [126, 2] : [127, 8];
  const hex = length.toString(16).padStart(bytes * 2, '0');
  return Buffer.concat([Buffer.from([0x80 | opcode, short]), Buffer.from(bytes === 0 ? '' : hex, 'hex'), payload]);
}

describe('TextSocket', () => {
  const texts = ['', 'é', 'a'.repeat(125), 'b'.repeat(126), 'c'.repeat(65_535), 'd'.repeat(65_536), 'last'];

  it('reads texts of all lengths, together with the answer', async () => {
    const { address } = await serving(Buffer.concat([UPGRADED, ...texts.map((text) => frame(text)), frame('', 8)]));
    const got: string[] = [];
    await new Promise<void>((resolve, reject) => {
      TextSocket.open(address, (text) => got.push(text), resolve).catch(reject);
    });
    expect(got).toEqual(texts);
  });

  it('reads texts that come in parts, and closes at the frame that closes', async () => {
    const { address, connected } = await serving(UPGRADED);
    const got: string[] = [];
    const closed = new Promise<void>((resolve, reject) => {
      TextSocket.open(address, (text) => got.push(text), resolve).catch(reject);
    });
    const socket = await connected;
    for (const byte of Buffer.concat([frame('a'), frame('b'.repeat(200)), frame('', 9), frame('c'), frame('', 8)])) {
      if (!socket.writable) break;
      await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve));
    }
    await closed;
    expect(got).toEqual(['a', 'b'.repeat(200), 'c']);
  });

  it('sends one masked frame for a text', async () => {
    const { address, connected } = await serving(UPGRADED);
    const onClose = jest.fn();
    const socket = await TextSocket.open(address, () => undefined, onClose);
    const text = '{"é":1}'.repeat(30);
    socket.send(text);
    const [bytes] = (await once(await connected, 'data')) as [Buffer];
    const [head, mask, masked] = [bytes.subarray(0, 4), bytes.subarray(4, 8), bytes.subarray(8)];
    const length = Buffer.byteLength(text);
    expect([...head]).toEqual([0x81, 0xfe, length >> 8, length & 0xff]);
    expect(Buffer.from(masked.map((byte, index) => byte ^ (mask[index % 4] ?? 0))).toString()).toBe(text);
    const ended = once(await connected, 'end');
    socket.close();
    await ended;
    expect(onClose).toHaveBeenCalledTimes(1);
  });

  it('rejects if the answer is another one, or there is none', async () => {
    const { address } = await serving(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const open = (at: string) =>
      rejectionOf(
        TextSocket.open(
          at,
          () => undefined,
          () => undefined,
        ),
      );
    expect(await open(address)).toMatchObject({ message: `${address} has answered 400` });
    server?.close();
    expect(await open(address)).toMatchObject({ code: 'ECONNREFUSED' });
  });
});
