package ssmix2

import "mizuhiki.dev/mizuhiki/internal/format/hl7v2"

// CancelsOrder reports whether an ORC takes its order back, as if it had never been.
func CancelsOrder(orc *hl7v2.Segment) bool { return cancelled(orc) }

// EndsOrder reports whether an ORC takes its order back or discontinues it: CA, OC, CR,
// DC, OD or DR in ORC-1 (HL7 table 0119), or CA or DC in ORC-5 (table 0038).
func EndsOrder(orc *hl7v2.Segment) bool {
	switch orc.At(1, 1, 1, 1) {
	case "DC", "OD", "DR":
		return true
	}
	return cancelled(orc) || orc.At(5, 1, 1, 1) == "DC"
}

// ChangesOrder reports whether an ORC says that the message puts another content in the
// place of its order's, however less that is (ORC-1, HL7 table 0119).
func ChangesOrder(orc *hl7v2.Segment) bool {
	switch orc.At(1, 1, 1, 1) {
	case "XO", "XX", "XR", "RO":
		return true
	}
	return false
}
