package waveform

import (
	"cmp"
	"fmt"
	"strings"
)

// leadNames are the leads of ISO 11073-10101 by number, as SCP-ECG counts them: MFER and
// DICOM (context group 3001) use the same numbers.
var leadNames = map[int]string{
	1: "I", 2: "II", 3: "V1", 4: "V2", 5: "V3", 6: "V4", 7: "V5", 8: "V6", 9: "V7",
	10: "V2R", 11: "V3R", 12: "V4R", 13: "V5R", 14: "V6R", 15: "V7R", 16: "X", 17: "Y", 18: "Z",
	19: "CC5", 20: "CM5", 61: "III", 62: "aVR", 63: "aVL", 64: "aVF", 65: "-aVR", 66: "V8", 67: "V9", 68: "V8R", 69: "V9R",
}

// LeadName gives the name of a lead by its number; of one that is not known what the file
// calls it, "lead N" if it does not.
func LeadName(number int, called string) string {
	return cmp.Or(leadNames[number], called, fmt.Sprintf("lead %d", number))
}

// annotatedLead gives the name of a lead by its code in MDC.
func annotatedLead(code string) string {
	name, ok := strings.CutPrefix(code, "MDC_ECG_LEAD_")
	if !ok {
		return code
	}
	for _, known := range leadNames {
		if strings.EqualFold(known, name) {
			return known
		}
	}
	return name
}

// Unit writes microvolts as people do; other units stay as they are.
func Unit(code string) string {
	if code == "uV" {
		return "µV"
	}
	return code
}
