// What the SDKs' tests deploy.
import { WorkflowEntrypoint } from 'cloudflare:workers';

export class Approval extends WorkflowEntrypoint {
	async run(event, step) {
		const asked = await step.do('ask', async () => ({ params: event.payload, long: 'x'.repeat(2000) }));
		const approval = await step.waitForEvent('wait', { type: 'approval', timeout: '1 hour' });
		await step.do('note', async () => approval.payload);
		return { asked: asked.params, approved: approval.payload };
	}
}

export default {
	fetch() {
		return new Response('ok');
	},
};
