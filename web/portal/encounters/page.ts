import "../shell/page.ts";
import "../content/patient.css";
import { startParts } from "../../island/parts/parts.ts";

void startParts();
