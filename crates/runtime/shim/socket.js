/**
 * The shim's end of a socket of the run channel: it carries one run at a time.
 */
import { readFrame } from './frames.js';
import { Run } from './run.js';

/**
 * Serves runs on a socket until it closes.
 *
 * @param {WebSocket} socket not yet accepted
 * @param {{user: object, context: object, env: object}} host
 */
export function serveRuns(socket, host) {
  let run = null;
  const send = (frame) => {
    try {
      socket.send(frame);
    } catch {
      // Closed; the event that says so is on its way.
    }
  };
  const hostOfRuns = { ...host, send };
  // A run whose record comes in parts.
  let coming = null;
  const begin = ({ number, start, payload }) => {
    run?.drop();
    run = new Run(number, start, hostOfRuns);
    run.begin(payload);
  };
  listen(socket, {
    frame({ run: number, messages }) {
      for (const { message, value } of messages) {
        const [type, field] = message;
        if (type === 'start') {
          coming = { number, start: field, payload: value };
        } else if (type === 'ended' && coming?.number === number) {
          for (const end of field) coming.start.ended.push(end);
          coming.start.parts--;
        } else if (run !== null && run.number === number) {
          run.deliver(message, value);
        }
        if (coming !== null && coming.start.parts === 0) {
          begin(coming);
          coming = null;
        }
      }
    },
    closed() {
      run?.drop();
      run = null;
    },
  });
}

function listen(socket, { frame, closed }) {
  // At newer dates binary messages come as Blobs otherwise.
  socket.binaryType = 'arraybuffer';
  socket.accept();
  socket.addEventListener('message', ({ data }) => {
    try {
      frame(readFrame(data));
    } catch (error) {
      console.error(`stepwell: a frame of the run channel could not be read: ${error?.message}`);
      closed();
      socket.close(1002, 'malformed frame');
    }
  });
  socket.addEventListener('close', () => {
    closed();
    // Without this the request lives on at older compatibility dates, and the run's timers with it.
    try {
      socket.close();
    } catch {
      // Closed from both sides already.
    }
  });
  socket.addEventListener('error', closed);
}
