import { useEffect, useState } from "react";
import type { Message, Update } from "../shared/stages";

const RECONNECT_MS = 500;

/** Watches the board of a release over a WebSocket, and comes back when the server went away. */
export function useBoard(id: string) {
  const [updates, setUpdates] = useState<Update[]>([]);
  const [watchers, setWatchers] = useState(0);
  const [connected, setConnected] = useState(false);

  useEffect(() => {
    let socket: WebSocket;
    let retry: number | undefined;

    const connect = () => {
      socket = new WebSocket(`/api/releases/${id}/live`);
      socket.onopen = () => setConnected(true);
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data) as Message;
        setWatchers(message.watchers);
        if (message.type === "board") setUpdates(message.updates);
      };
      socket.onclose = () => {
        setConnected(false);
        retry = window.setTimeout(connect, RECONNECT_MS);
      };
    };

    connect();
    return () => {
      socket.onclose = null;
      socket.close();
      clearTimeout(retry);
    };
  }, [id]);

  return { updates, watchers, connected };
}
