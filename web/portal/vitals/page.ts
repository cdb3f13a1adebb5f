import "../shell/page.ts";
import "../content/patient.css";
import "./page.css";
import { startParts } from "../../island/parts/parts.ts";
import { startPrint } from "../../island/print/print.ts";
import { startVitals } from "../../island/vitals/vitals.ts";

startVitals();
startPrint();
void startParts();
