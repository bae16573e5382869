import { Agent } from "agents";

export interface Env {
  ARTICLES: Workflow;
  Editor: DurableObjectNamespace<Editor>;
}

interface State {
  news: string[];
  printed: unknown;
}

/** Has articles written by a Workflow, and accepts them. Whoever is connected is sent each new state. */
export class Editor extends Agent<Env, State> {
  initialState: State = { news: [], printed: null };

  async onRequest(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname.endsWith("/order")) {
      return Response.json({ id: await this.runWorkflow("ARTICLES", { about: "tea" }) });
    }
    if (pathname.endsWith("/accept")) {
      await this.approveWorkflow(searchParams.get("id")!, { reason: "well written", metadata: { by: "ada" } });
      return Response.json({ accepted: true });
    }
    const { workflows } = this.getWorkflows();
    return Response.json({ ...this.state, statuses: workflows.map((workflow) => workflow.status) });
  }

  /** Called by a step of the Workflow. */
  headline(text: string): string {
    return `${this.name.toUpperCase()}: ${text}`;
  }

  async onWorkflowProgress(_name: string, _id: string, progress: { step: string }): Promise<void> {
    this.setState({ ...this.state, news: [...this.state.news, progress.step] });
  }

  async onWorkflowComplete(_name: string, _id: string, result?: unknown): Promise<void> {
    this.setState({ ...this.state, printed: result });
  }
}
