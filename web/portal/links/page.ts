import "../shell/page.ts";
import "../content/patient.css";
import "./page.css";
import { startBirthdates } from "../../island/birthdate/birthdate.ts";
import { startFetches } from "../../island/fetch/fetch.ts";

startBirthdates();
startFetches();
