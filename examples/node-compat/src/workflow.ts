import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";
import jwt from "jsonwebtoken";
import nodemailer from "nodemailer";
import { toCsv } from "./csv";

export type Rows = (string | number)[][];

/** Exports rows: as CSV, with its digest in a signed token, in a letter. */
export class ExportWorkflow extends WorkflowEntrypoint<Env, Rows> {
  async run(event: WorkflowEvent<Rows>, step: WorkflowStep) {
    const { csv, digest } = await step.do("write", async () => await toCsv(event.payload));

    const token = await step.do("sign", async () => {
      return jwt.sign({ digest }, this.env.SIGNING_KEY, { subject: event.instanceId, expiresIn: "1h" });
    });

    // nodemailer imports node:net, node:tls, node:dns, node:child_process and more to send letters; composing one calls
    // none of them.
    const letter = await step.do("compose", async () => {
      const transport = nodemailer.createTransport({ streamTransport: true, buffer: true });
      const { message } = await transport.sendMail({
        messageId: `<${event.instanceId}@example.com>`,
        from: "exports@example.com",
        to: "ada@example.com",
        subject: "Your export",
        text: token,
        attachments: [{ filename: "rows.csv", content: csv }],
      });
      return message.toString();
    });

    return await step.do("verify", async () => {
      const claims = jwt.verify(token, this.env.SIGNING_KEY) as jwt.JwtPayload;
      return { digest, verified: claims.digest === digest, headers: letter.split("\r\n\r\n")[0].split("\r\n") };
    });
  }
}
