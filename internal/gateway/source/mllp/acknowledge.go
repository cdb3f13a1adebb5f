package mllp

import (
	"bytes"
	"strconv"
	"time"
)

// maxEcho bounds a field that is given back: one that is longer is left out, as is one
// with zeros in it, which would make the answer unreadable.
const maxEcho = 200

// jst is the zone of the times that are written: senders in Japan write none.
var jst = time.FixedZone("JST", 9*60*60)

// stamp writes times as an acknowledgement has them, each second once.
type stamp struct {
	second int64
	text   []byte
}

func (s *stamp) of(t time.Time) []byte {
	if second := t.Unix(); second != s.second || s.text == nil {
		s.second, s.text = second, t.In(jst).AppendFormat(s.text[:0], "20060102150405")
	}
	return s.text
}

// appendAcks appends the acknowledgements of a message, framed (HL7 v2.5 §2.9). In
// original mode, where MSH-15 and MSH-16 are empty, that is one: AA, AE or AR. In enhanced
// mode it is the accept acknowledgement that MSH-15 asks for and, if the message was
// accepted or no other told of it, the application acknowledgement that MSH-16 asks for:
// the gateway applies a message by taking it over for good, so both say the same.
func appendAcks(buf []byte, h *header, a answer, now []byte, id uint64) []byte {
	accept, _ := conditionOf(h.fields[mshAcceptAck])
	application, _ := conditionOf(h.fields[mshApplicationAck])
	taken := a.verdict == accepted
	if accept == unsaid && application == unsaid {
		return appendAck(buf, h, a, originalCode(a.verdict), now, id, false)
	}
	told := accept.wanted(taken)
	if told {
		buf = appendAck(buf, h, a, commitCode(a.verdict), now, id, true)
	}
	if application.wanted(taken) && (taken || !told) {
		buf = appendAck(buf, h, a, originalCode(a.verdict), now, id+1, true)
	}
	return buf
}

func originalCode(v verdict) string {
	switch v {
	case accepted:
		return "AA"
	case faulty:
		return "AE"
	}
	return "AR"
}

// commitCode: CR is for what the contract does not have, CE for any other reason.
func commitCode(v verdict) string {
	switch v {
	case accepted:
		return "CA"
	case rejected:
		return "CR"
	}
	return "CE"
}

// appendAck appends one acknowledgement with the delimiters, the character set and the
// field values of the message: they are given back as raw bytes.
func appendAck(buf []byte, h *header, a answer, code string, now []byte, id uint64, enhanced bool) []byte {
	sep := h.separator
	field := func(value []byte) {
		buf = append(buf, sep)
		if len(value) <= maxEcho && bytes.IndexByte(value, 0) < 0 {
			buf = append(buf, value...)
		}
	}
	buf = append(buf, startBlock)
	buf = append(buf, "MSH"...)
	buf = append(buf, sep)
	buf = append(buf, h.signs...)
	field(h.fields[mshReceivingApplication])
	field(h.fields[mshReceivingFacility])
	field(h.fields[mshSendingApplication])
	field(h.fields[mshSendingFacility])
	buf = append(buf, sep)
	buf = append(buf, now...)
	buf = append(buf, sep, sep)
	buf = append(buf, "ACK"...)
	if event := h.component(mshType, 2); len(event) > 0 && len(event) <= 3 {
		buf = append(buf, h.components)
		buf = append(buf, event...)
		buf = append(buf, h.components)
		buf = append(buf, "ACK"...)
	}
	buf = append(buf, sep)
	buf = strconv.AppendUint(append(buf, 'M'), id, 36)
	field(orElse(h.fields[mshProcessingID], "P"))
	field(orElse(h.fields[mshVersion], "2.5"))
	buf = append(buf, sep, sep) // MSH-13, -14
	if enhanced {               // an acknowledgement is not acknowledged
		buf = append(buf, sep, 'N', 'E', sep, 'N', 'E')
	} else {
		buf = append(buf, sep, sep)
	}
	buf = append(buf, sep) // MSH-17
	field(h.fields[mshCharset])
	buf = append(buf, sep) // MSH-19
	field(h.fields[mshCharsetHandling])
	buf = append(bytes.TrimRight(buf, string(rune(sep))), carriageReturn)

	buf = append(buf, "MSA"...)
	buf = append(buf, sep)
	buf = append(buf, code...)
	field(h.fields[mshControlID])
	if a.verdict != accepted {
		field([]byte(a.text))
		buf = append(buf, carriageReturn)
		buf = appendError(buf, h, a)
	}
	return append(buf, carriageReturn, endBlock, carriageReturn)
}

// appendError appends ERR with location, code of table 0357, severity and text.
func appendError(buf []byte, h *header, a answer) []byte {
	sep := h.separator
	buf = append(buf, "ERR"...)
	buf = append(buf, sep, sep)
	for i := range len(a.location) {
		if a.location[i] == '^' {
			buf = append(buf, h.components)
		} else {
			buf = append(buf, a.location[i])
		}
	}
	buf = append(buf, sep)
	buf = append(buf, a.code...)
	buf = append(buf, h.components)
	buf = append(buf, codeTexts[a.code]...)
	buf = append(buf, h.components)
	buf = append(buf, tableNameErrors...)
	buf = append(buf, sep, 'E', sep, sep, sep, sep)
	return append(buf, a.text...)
}

func orElse(value []byte, otherwise string) []byte {
	if len(value) == 0 || len(value) > maxEcho {
		return []byte(otherwise)
	}
	return value
}
