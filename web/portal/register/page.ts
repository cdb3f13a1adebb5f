import "../shell/page.ts";
import "./page.css";
import { startBirthdates } from "../../island/birthdate/birthdate.ts";
import { startRegister } from "../../island/register/register.ts";

startBirthdates();
startRegister();
