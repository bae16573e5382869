/**
 * What `cloudflare:email` exports; workerd leaves it to whoever runs it. Packages import it for nothing more than its
 * presence, and `send_email` bindings are placeholders, so nobody reads what is to be sent.
 */
class EmailMessage {
	constructor(from, to) {
		this.from = from;
		this.to = to;
	}
}

export default { EmailMessage };
