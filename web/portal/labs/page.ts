import "../shell/page.ts";
import "../content/patient.css";
import "./page.css";
import { startLabs } from "../../island/labs/labs.tsx";
import { startParts } from "../../island/parts/parts.ts";
import { startPrint } from "../../island/print/print.ts";

startLabs();
startPrint();
void startParts();
