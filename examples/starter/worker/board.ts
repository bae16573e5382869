import { DurableObject } from "cloudflare:workers";
import type { Message, Update } from "../shared/stages";

const KEEP_MS = 24 * 60 * 60 * 1000;

/**
 * The board of one release: keeps the last word on each stage, and tells every browser that watches.
 *
 * The sockets hibernate: between two updates nothing of this object need be in memory.
 */
export class Board extends DurableObject<Env> {
  private readonly sql = this.ctx.storage.sql;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.createTable();
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /** Called by the steps of the Workflow. A step may run again, so the same report twice must do no harm. */
  report({ stage, state, detail }: Update): void {
    this.sql.exec(
      `INSERT INTO updates (stage, state, detail) VALUES (?, ?, ?)
       ON CONFLICT (stage) DO UPDATE SET state = excluded.state, detail = excluded.detail`,
      stage,
      state,
      detail,
    );
    this.broadcast(this.board());
  }

  updates(): Update[] {
    return this.sql.exec<Record<keyof Update, string>>("SELECT stage, state, detail FROM updates ORDER BY rowid").toArray() as Update[];
  }

  /** The release is out: keep the board for a day, for those who come late. */
  async finish(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now() + KEEP_MS);
  }

  async alarm(): Promise<void> {
    for (const socket of this.ctx.getWebSockets()) socket.close(1000, "this release is over");
    await this.ctx.storage.deleteAll();
    this.createTable();
  }

  async fetch(request: Request): Promise<Response> {
    if (request.headers.get("Upgrade") !== "websocket") {
      return Response.json({ error: "expected a WebSocket" }, { status: 426 });
    }
    const { 0: browser, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    server.send(JSON.stringify(this.board()));
    this.tellWatchers();
    return new Response(null, { status: 101, webSocket: browser });
  }

  webSocketClose(socket: WebSocket): void {
    this.tellWatchers(socket);
  }

  private board(): Message {
    return { type: "board", updates: this.updates(), watchers: this.ctx.getWebSockets().length };
  }

  private tellWatchers(leaving?: WebSocket): void {
    const watchers = this.ctx.getWebSockets().filter((socket) => socket !== leaving).length;
    this.broadcast({ type: "watchers", watchers });
  }

  private broadcast(message: Message): void {
    const text = JSON.stringify(message);
    for (const socket of this.ctx.getWebSockets()) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    }
  }

  private createTable(): void {
    this.sql.exec("CREATE TABLE IF NOT EXISTS updates (stage TEXT PRIMARY KEY, state TEXT NOT NULL, detail TEXT NOT NULL)");
  }
}
