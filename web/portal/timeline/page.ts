import "../shell/page.ts";
import "../content/patient.css";
import "./page.css";
import { startCalendar } from "../../island/calendar/calendar.ts";
import { startFiles } from "../../island/files/files.ts";
import { startPanel } from "../../island/panel/panel.ts";
import { startParts } from "../../island/parts/parts.ts";
import { startPrint } from "../../island/print/print.ts";
import { startTimeline } from "../../island/timeline/timeline.ts";

startTimeline();
startCalendar();
startFiles();
startPanel();
startPrint();
void startParts();
