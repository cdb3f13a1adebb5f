import "../shell/page.ts";
import "../content/patient.css";
import "./page.css";
import { startPanel } from "../../island/panel/panel.ts";
import { startParts } from "../../island/parts/parts.ts";
import { startTimeline } from "../../island/timeline/timeline.ts";

startTimeline();
startPanel();
void startParts();
