import "../shell/page.ts";
import "../content/patient.css";
import { startParts } from "../../island/parts/parts.ts";
import { startPrint } from "../../island/print/print.ts";

startPrint();
void startParts();
