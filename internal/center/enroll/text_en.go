package enroll

import "mizuhiki.dev/mizuhiki/internal/fault"

// textsEnglish holds the words of the pages of links in English.
var textsEnglish = map[fault.Key]string{
	"title":   "Terminal enrolment",
	"refused": "This link cannot be used. A link works once, within ten minutes. Please ask your facility manager for a new one.",
	"busy":    "Too many tries. Please wait a moment and try again.",
	"failed":  "The file could not be made. Please call the secretariat and quote this number:",
	"get":     "Get the certificate",

	"helper.lead":   "Run the command that your facility manager's screen shows on the terminal that is to be enrolled. The key is made there and stays there. The code works once, within ten minutes.",
	"helper.step1":  "Windows: sign in as the usual user, not as an administrator, and run mizuhiki.exe in PowerShell.",
	"helper.step2":  "macOS: run it in Terminal. If the keychain asks, type the password of macOS.",
	"helper.step3":  "Linux: install libnss3-tools first. Start the browser anew afterwards.",
	"helper.step4":  "iPad and iPhone: no command runs there. Ask your facility manager to enrol it with a configuration profile.",
	"pkcs12.lead":   "The button below gives you the certificate of this terminal (.p12). It can be fetched once: press it on the terminal that is to be enrolled.",
	"pkcs12.step1":  "Fetch the file and open it.",
	"pkcs12.step2":  "When you are asked for a password, type the one that your facility manager has given you.",
	"pkcs12.step3":  "Do not choose “Mark this key as exportable”.",
	"pkcs12.step4":  "When the import is done, delete the file and start the browser anew.",
	"profile.lead":  "The button below gives you the configuration profile for this iPad or iPhone. It can be fetched once: press it in Safari on the device that is to be enrolled.",
	"profile.step1": "Tap Allow to fetch it.",
	"profile.step2": "Tap Settings, Profile Downloaded, Install. When you are asked for a password, type the one that your facility manager has given you.",
	"profile.step3": "In Settings, General, About, Certificate Trust Settings, switch the center's root certificate on.",
}
