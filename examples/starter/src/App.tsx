import { useState, type FormEvent } from "react";
import { STAGES, type Update } from "../shared/stages";
import { decide, start } from "./api";
import { useBoard } from "./useBoard";

/** The page: `/` starts a release, `/releases/<id>` shows one. */
export function App() {
  const [id, setId] = useState(() => location.pathname.match(/^\/releases\/([^/]+)$/)?.[1]);

  const show = (started: string) => {
    history.pushState(null, "", `/releases/${started}`);
    setId(started);
  };

  return (
    <>
      <h1>Releases</h1>
      {id ? <Release id={id} /> : <Start onStarted={show} />}
    </>
  );
}

function Start({ onStarted }: { onStarted: (id: string) => void }) {
  const [problem, setProblem] = useState("");

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const version = String(new FormData(event.currentTarget).get("version"));
    await start(version).then(onStarted, (error: Error) => setProblem(error.message));
  };

  return (
    <form onSubmit={submit}>
      <label>
        Version <input name="version" defaultValue="1.4.0" />
      </label>
      <button type="submit">Start the release</button>
      {problem && <p role="alert">{problem}</p>}
    </form>
  );
}

function Release({ id }: { id: string }) {
  const { updates, watchers, connected } = useBoard(id);
  const of = (stage: string) => updates.find((update) => update.stage === stage);

  return (
    <section>
      <p>
        Instance <code>{id}</code>, {connected ? `${watchers} watching` : "connecting …"}
      </p>
      <ol>
        {STAGES.map((stage) => (
          <Line key={stage} stage={stage} update={of(stage)} />
        ))}
      </ol>
      {of("approval")?.state === "waiting" && <Approval id={id} />}
      <a href="/">Another one</a>
    </section>
  );
}

function Line({ stage, update }: { stage: string; update: Update | undefined }) {
  return (
    <li id={stage} data-state={update?.state ?? "pending"}>
      <strong>{stage}</strong> <span>{update?.detail ?? "not yet"}</span>
    </li>
  );
}

function Approval({ id }: { id: string }) {
  const send = (approved: boolean) => decide(id, { approved, by: "the page" });
  return (
    <p>
      <button onClick={() => send(true)}>Approve</button> <button onClick={() => send(false)}>Reject</button>
    </p>
  );
}
