import { WorkerEntrypoint } from 'cloudflare:workers';
export class WorkflowBinding extends WorkerEntrypoint {}
export default { fetch() { return new Response('ok'); } };
