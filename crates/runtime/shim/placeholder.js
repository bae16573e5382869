/**
 * Stands in for a binding that leads nowhere: of a kind that Stepwell does not support, or for another reason. Touching it throws an error that says so; that
 * error is a NonRetryableError by name, so a step that meets it fails at once and is not retried for minutes.
 */
export default function placeholder({ binding, configKey, why }) {
	const fail = () => {
		const name = `The binding "${binding}" (${configKey} in the Wrangler configuration)`;
		const unsupported =
			`${name} is of a kind that this version of ` +
			'Stepwell does not support. Everything that does not touch it works; run what needs it elsewhere, or ' +
			'keep that code from running here by a variable in "vars".';
		const error = new Error(why === undefined ? unsupported : `${name} leads nowhere: ${why}`);
		error.name = 'NonRetryableError';
		throw error;
	};
	return new Proxy(
		{},
		{
			// What printing, awaiting or serialising `env` looks at is not a use of the binding.
			get: (_, key) => (typeof key === 'symbol' || key === 'then' || key === 'toJSON' ? undefined : fail()),
			has: (_, key) => (typeof key === 'symbol' ? false : fail()),
			set: fail,
			defineProperty: fail,
			deleteProperty: fail,
		},
	);
}
