import "../shell/page.ts";
import "../content/patient.css";
import "./page.css";
import { startParts } from "../../island/parts/parts.ts";
import { startVitals } from "../../island/vitals/vitals.ts";

startVitals();
void startParts();
