package mllp

import (
	"bytes"

	"mizuhiki.dev/mizuhiki/internal/gateway/source/filing"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/kept"
)

// Code is an error code of HL7 table 0357.
type Code string

// The codes that the receiver answers with.
const (
	CodeSegments    Code = "100" // segment sequence error
	CodeMissing     Code = "101" // required field missing
	CodeDataType    Code = "102" // data type error
	CodeTableValue  Code = "103" // table value not found
	CodeType        Code = "200" // unsupported message type
	CodeEvent       Code = "201" // unsupported event code
	CodeProcessing  Code = "202" // unsupported processing id
	CodeVersion     Code = "203" // unsupported version id
	CodeInternal    Code = "207" // application internal error
	tableNameErrors      = "HL70357"
)

var codeTexts = map[Code]string{
	CodeSegments:   "Segment sequence error",
	CodeMissing:    "Required field missing",
	CodeDataType:   "Data type error",
	CodeTableValue: "Table value not found",
	CodeType:       "Unsupported message type",
	CodeEvent:      "Unsupported event code",
	CodeProcessing: "Unsupported processing id",
	CodeVersion:    "Unsupported version id",
	CodeInternal:   "Application internal error",
}

// answer is what an acknowledgement says.
type answer struct {
	verdict  verdict
	code     Code
	location string // ERR-2: segment^sequence^field, empty: none
	text     string // English, ASCII, no values
	reason   kept.Reason
}

// verdict is how a message was taken.
type verdict byte

const (
	accepted verdict = iota // AA, CA
	faulty                  // AE, CE: the content is wrong
	rejected                // AR: not of the contract, or not now
	away                    // AR, CE: nothing is wrong with the message; it may be sent again
)

// events are the messages of the contract: those of the SS-MIX2 data types (reference
// §1.3), OMP^O09 of the older SS-MIX, vital signs (ORU^R30), which have their place in an
// extended storage, and merges of patient ids.
var events = map[string]map[string]bool{
	"ADT": set("A01", "A02", "A03", "A04", "A08", "A11", "A12", "A13", "A14", "A15", "A16", "A21", "A22", "A23", "A25", "A26", "A27",
		"A52", "A53", "A54", "A55", "A60"),
	"PPR": set("ZD1"),
	"OMD": set("O03"),
	"OMP": set("O09"),
	"RDE": set("O11"),
	"RAS": set("O17"),
	"OML": set("O33"),
	"OUL": set("R22"),
	"OMG": set("O19"),
	"OMI": set("Z23"),
	"ORU": set("R01", "R30"),
}

func set(names ...string) map[string]bool {
	out := map[string]bool{}
	for _, n := range names {
		out[n] = true
	}
	return out
}

var ok = answer{verdict: accepted}

// judge says how a message is to be taken, by what is cheap to see: MSH, and that there
// is a patient. What the message means is found out when it is filed.
func judge(h *header, body []byte) answer {
	if !h.ok {
		return answer{faulty, CodeSegments, "MSH^1", "message does not begin with a readable MSH segment", kept.ReasonNotHL7}
	}
	for _, required := range []struct {
		field    int
		location string
	}{{mshType, "MSH^1^9"}, {mshControlID, "MSH^1^10"}, {mshProcessingID, "MSH^1^11"}, {mshVersion, "MSH^1^12"}} {
		if f := h.fields[required.field]; len(f) == 0 || string(f) == `""` {
			return answer{faulty, CodeMissing, required.location, "required field missing", kept.ReasonIncomplete}
		}
	}
	if len(h.fields[mshControlID]) > maxEcho {
		return answer{faulty, CodeDataType, "MSH^1^10", "message control id is too long", kept.ReasonIncomplete}
	}
	if v := h.component(mshVersion, 1); !bytes.HasPrefix(v, []byte("2.5")) {
		return answer{rejected, CodeVersion, "MSH^1^12", "HL7 version 2.5 is supported", kept.ReasonUnsupported}
	}
	if p := h.component(mshProcessingID, 1); string(p) != "P" {
		return answer{rejected, CodeProcessing, "MSH^1^11", "only production messages (P) are taken", kept.ReasonUnsupported}
	}
	for _, condition := range []struct {
		field    int
		location string
	}{{mshAcceptAck, "MSH^1^15"}, {mshApplicationAck, "MSH^1^16"}} {
		if _, known := conditionOf(h.fields[condition.field]); !known {
			return answer{faulty, CodeTableValue, condition.location, "acknowledgement condition is none of AL, NE, ER, SU", kept.ReasonIncomplete}
		}
	}
	code, event := string(h.component(mshType, 1)), string(h.component(mshType, 2))
	switch known, ours := events[code]; {
	case !ours:
		return answer{rejected, CodeType, "MSH^1^9", "message type is not supported", kept.ReasonUnsupported}
	case !known[event] && !filing.IsMerge(code, event):
		return answer{rejected, CodeEvent, "MSH^1^9", "trigger event is not supported", kept.ReasonUnsupported}
	}
	return patient(h, body)
}

// shortestPatientID is what the folders of an SS-MIX2 storage need.
const shortestPatientID = 6

// patient looks for PID-3. The fields before it hold no text.
func patient(h *header, body []byte) answer {
	separator := h.separator
	for rest := body; ; {
		i := bytes.Index(rest, []byte("PID"))
		if i < 0 {
			return answer{faulty, CodeSegments, "PID^1", "no PID segment", kept.ReasonIncomplete}
		}
		begins := i > 0 && (rest[i-1] == '\r' || rest[i-1] == '\n')
		rest = rest[i+3:]
		if !begins || len(rest) == 0 || rest[0] != separator {
			continue
		}
		rest = line(rest)
		for range 3 {
			end := bytes.IndexByte(rest, separator)
			if end < 0 {
				return answer{faulty, CodeMissing, "PID^1^3", "no patient id", kept.ReasonIncomplete}
			}
			rest = rest[end+1:]
		}
		if len(rest) == 0 || rest[0] == separator {
			return answer{faulty, CodeMissing, "PID^1^3", "no patient id", kept.ReasonIncomplete}
		}
		id, _, _ := bytes.Cut(rest, []byte{separator})
		if id, _, _ = bytes.Cut(id, []byte{h.components}); len(id) < shortestPatientID {
			return answer{faulty, CodeDataType, "PID^1^3", "patient id has fewer than six characters, no storage has a folder for it", kept.ReasonIncomplete}
		}
		return ok
	}
}

// condition is when a kind of acknowledgement is wanted (HL7 table 0155).
type condition byte

const (
	unsaid  condition = iota
	always            // AL
	never             // NE
	onError           // ER
	success           // SU
)

func conditionOf(field []byte) (condition, bool) {
	switch string(field) {
	case "", `""`:
		return unsaid, true
	case "AL":
		return always, true
	case "NE":
		return never, true
	case "ER":
		return onError, true
	case "SU":
		return success, true
	}
	return unsaid, false
}

// wanted reports whether an acknowledgement is wanted of a message that was accepted or not.
func (c condition) wanted(accepted bool) bool {
	return c == always || c == success && accepted || c == onError && !accepted
}
