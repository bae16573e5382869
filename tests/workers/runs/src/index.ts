import { driver } from "../../common/driver";
import { workflowOf } from "../../common/scenario";
import { leaving } from "./leaving";
import { pending } from "./pending";
import { replays } from "./replays";

export class Flow extends workflowOf({ ...leaving, ...pending, ...replays }) {}

export default driver;
