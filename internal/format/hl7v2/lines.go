package hl7v2

import "bytes"

// Lines gives the segments of a message byte by byte. No half of a kanji is CR or LF.
func Lines(body []byte) [][]byte {
	return bytes.FieldsFunc(body, func(r rune) bool { return r == '\r' || r == '\n' || r == 0x0B || r == 0x1C })
}

// Lines gives the bytes of each segment of a message that was read from body; ok is false
// where they cannot be told from each other.
func (m *Message) Lines(body []byte) (lines [][]byte, ok bool) {
	if lines = Lines(body); len(lines) != m.Len() || m.OpenEnd {
		return nil, false
	}
	for i, line := range lines {
		if !bytes.HasPrefix(line, []byte(m.Segment(i+1).Name)) {
			return nil, false
		}
	}
	return lines, true
}
