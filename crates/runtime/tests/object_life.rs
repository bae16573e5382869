//! Durable Objects as projects use them: storage, alarms, sockets that hibernate, across the ends of their process.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

mod common;

use common::{DATES, fetch_socket, get, lives, object, script, settings, workflow};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use stepwell_runtime::Worker;
use tokio::net::UnixStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

const CODE: &str = r"
import { DurableObject, WorkflowEntrypoint, env as globalEnv } from 'cloudflare:workers';
export class Room extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.born = crypto.randomUUID();
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
    ctx.blockConcurrencyWhile(async () => {
      await scheduler.wait(5);
      ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS notes (text TEXT)');
      this.ready = true;
    });
  }
  note(text) {
    if (!this.ready) throw new Error('not ready');
    this.ctx.storage.sql.exec('INSERT INTO notes VALUES (?)', text);
    return this.notes();
  }
  notes() { return this.ctx.storage.sql.exec('SELECT text FROM notes').toArray().map((row) => row.text); }
  async wake(after, text) { await this.ctx.storage.put('text', text); await this.ctx.storage.setAlarm(Date.now() + after); }
  async alarm(info) { this.note(`${await this.ctx.storage.get('text')} ${info?.isRetry}`); }
  fetch(request) {
    const { 0: client, 1: server } = new WebSocketPair();
    const name = new URL(request.url).searchParams.get('name');
    this.ctx.acceptWebSocket(server, [name]);
    server.serializeAttachment({ name, born: this.born });
    return new Response(null, { status: 101, webSocket: client });
  }
  webSocketMessage(socket, message) {
    const { name, born } = socket.deserializeAttachment();
    const answer = { message, name, same: born === this.born, all: this.ctx.getWebSockets().length, tagged: this.ctx.getWebSockets(name).length };
    for (const each of this.ctx.getWebSockets()) each.send(JSON.stringify(answer));
  }
  webSocketClose(socket, code, reason) { this.note(`closed ${code} ${reason}`); socket.close(code, reason); }
}
const room = (env) => env.ROOM.getByName ? env.ROOM.getByName('a') : env.ROOM.get(env.ROOM.idFromName('a'));
export class Talk extends WorkflowEntrypoint {
  async run() {
    const { webSocket } = await room(this.env).fetch('http://x/?name=run', { headers: { upgrade: 'websocket' } });
    webSocket.accept();
    const answers = [];
    for (const message of ['one', 'ping', 'two']) {
      const answer = new Promise((resolve) => webSocket.addEventListener('message', (event) => resolve(event.data), { once: true }));
      webSocket.send(message);
      answers.push(await answer);
    }
    webSocket.close(1000, 'done');
    return answers;
  }
}
export class Exported extends WorkflowEntrypoint {
  async run() { return { note: await this.ctx.exports.Room.getByName('b').note('run'), env: [Object.keys(this.env), Object.keys(globalEnv)] }; }
}
export default { async fetch(request, env, ctx) {
  const { pathname, searchParams } = new URL(request.url);
  if (request.headers.has('upgrade')) return room(env).fetch(request);
  if (pathname === '/note') return Response.json(await room(env).note(searchParams.get('text')));
  if (pathname === '/wake') return Response.json((await room(env).wake(300, searchParams.get('text'))) ?? null);
  if (pathname === '/exports') return Response.json(await ctx.exports.Room.getByName('b').note('host'));
  return Response.json(await room(env).notes());
} };
";

async fn start(compatibility_date: &str) -> (Worker, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let mut script = script(CODE, compatibility_date, data.path());
    script.objects.push(object("ROOM", "Room"));
    script.workflows.push(workflow("TALK", "talk", "Talk"));
    script
        .workflows
        .push(workflow("EXPORTED", "exported", "Exported"));
    (Worker::start(settings(), script).await.unwrap(), data)
}

async fn ask(worker: &Worker, path: &str) -> Value {
    let answer = get(&fetch_socket(worker), path).await;
    serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{path}: {answer}"))
}

/// Asks for the notes until they are these.
async fn until(worker: &Worker, notes: &Value) {
    let mut last = Value::Null;
    for _ in 0..500 {
        last = ask(worker, "/").await;
        if last == *notes {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not within 10 s: {notes}; it is {last}");
}

/// Kills the host process and waits for the next one.
async fn kill(worker: &Worker) {
    let process = worker.host_process_id().await.unwrap();
    let pid = rustix::process::Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
    let mut state = worker.host();
    state.mark_unchanged();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    while lives(process) || worker.host_process_id().await == Some(process) {
        tokio::time::timeout(Duration::from_secs(20), state.changed())
            .await
            .unwrap()
            .unwrap();
    }
    let serving =
        |state: &stepwell_runtime::HostState| matches!(state, stepwell_runtime::HostState::Serving(_));
    state.wait_for(serving).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_and_alarms_outlive_a_killed_process() {
    for date in DATES {
        let (worker, _data) = start(date).await;
        assert_eq!(ask(&worker, "/note?text=one").await, json!(["one"]));
        kill(&worker).await;
        assert_eq!(ask(&worker, "/note?text=two").await, json!(["one", "two"]));
        ask(&worker, "/wake?text=alarm").await;
        until(&worker, &json!(["one", "two", "alarm false"])).await;
        // Due while no process runs, or just before it ends.
        ask(&worker, "/wake?text=later").await;
        kill(&worker).await;
        until(&worker, &json!(["one", "two", "alarm false", "later false"])).await;
        worker.stop().await;
    }
}

/// A client of the room.
async fn join(worker: &Worker, name: &str) -> WebSocketStream<UnixStream> {
    let stream = UnixStream::connect(&*fetch_socket(worker)).await.unwrap();
    let url = format!("ws://localhost/?name={name}");
    tokio_tungstenite::client_async(url, stream).await.unwrap().0
}

async fn exchange(socket: &mut WebSocketStream<UnixStream>, message: &str) -> String {
    socket.send(Message::text(message)).await.unwrap();
    read(socket).await
}

async fn read(socket: &mut WebSocketStream<UnixStream>) -> String {
    let message = tokio::time::timeout(Duration::from_secs(30), socket.next()).await;
    message.unwrap().unwrap().unwrap().to_text().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_outlive_the_object_that_hibernates() {
    let (worker, _data) = start(DATES[1]).await;
    let (mut ann, mut bob) = (join(&worker, "ann").await, join(&worker, "bob").await);
    let answer = |message: &str, same: bool| {
        json!({"message": message, "name": "ann", "same": same, "all": 2, "tagged": 1}).to_string()
    };
    assert_eq!(exchange(&mut ann, "hi").await, answer("hi", true));
    assert_eq!(read(&mut bob).await, answer("hi", true));
    // workerd lets an object go that was idle for ten seconds; answers to pings do not wake it.
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(exchange(&mut bob, "ping").await, "pong");
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(
        exchange(&mut ann, "back").await,
        answer("back", false),
        "another object"
    );
    assert_eq!(read(&mut bob).await, answer("back", false));
    ann.close(None).await.unwrap();
    while ann.next().await.is_some_and(|message| message.is_ok()) {}
    until(&worker, &json!(["closed 1005 "])).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_talks_to_an_object_over_a_socket() {
    for date in DATES {
        let (worker, _data) = start(date).await;
        let answers: Value = serde_json::from_str(&common::runs::output(&worker, "Talk").await).unwrap();
        let answer = |message: &str| {
            json!({"message": message, "name": "run", "same": true, "all": 1, "tagged": 1}).to_string()
        };
        assert_eq!(answers, json!([answer("one"), "pong", answer("two")]));
        until(&worker, &json!(["closed 1000 done"])).await;
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_reached_by_the_context_too() {
    let (worker, _data) = start(DATES[1]).await;
    assert_eq!(ask(&worker, "/exports").await, json!(["host"]));
    let in_run: Value = serde_json::from_str(&common::runs::output(&worker, "Exported").await).unwrap();
    let env = json!(["TALK", "EXPORTED", "ROOM"]);
    assert_eq!(in_run, json!({"note": ["host", "run"], "env": [env, env]}));
    worker.stop().await;
}
