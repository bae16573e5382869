import type { Decision } from "../shared/stages";

export async function start(version: string): Promise<string> {
  const { id } = await post<{ id: string }>("/api/releases", { version });
  return id;
}

export async function decide(id: string, decision: Decision): Promise<void> {
  await post(`/api/releases/${id}/decision`, decision);
}

async function post<T>(path: string, body: unknown): Promise<T> {
  const response = await fetch(path, { method: "POST", body: JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}
