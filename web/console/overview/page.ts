import "../shell/page.ts";
import { startLive } from "../../island/live/live.ts";

startLive();
