import { driver } from "../../common/driver";
import { workflowOf } from "../../common/scenario";
import { calls } from "./calls";
import { failures } from "./failures";
import { results } from "./results";
import { retries } from "./retries";

export class Flow extends workflowOf({ ...calls, ...failures, ...results, ...retries }) {}

export default driver;
