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
  listen(socket, {
    frame({ run: number, messages }) {
      for (const { message, value } of messages) {
        if (message[0] === 'start') {
          run?.drop();
          run = new Run(number, message[1], hostOfRuns);
          run.begin(value);
        } else if (run !== null && run.number === number) {
          run.deliver(message, value);
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
