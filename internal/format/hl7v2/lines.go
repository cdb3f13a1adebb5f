package hl7v2

import (
	"bytes"
	"iter"
)

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

// unframe takes away byte order mark, MLLP frame and what ends the last segment, and
// counts the zeros behind it, which end nothing: a copy that sets the size of its file
// first, or a disk that lost power, leaves them where the rest should be.
func unframe(src []byte) (body []byte, terminated bool, zeros int) {
	body = bytes.TrimPrefix(src, byteOrderMark)
	body = bytes.TrimLeft(body, "\v\r\n")
	body = bytes.TrimPrefix(body, byteOrderMark)
	written := bytes.TrimRight(body, "\x00")
	end := bytes.TrimRight(written, "\r\n\x1c\x1a")
	return end, len(end) < len(written), len(body) - len(written)
}

// lines gives where lines begin and end, split at CR, LF and CRLF, leaving out empty
// ones. None of the character sets in use has a CR or LF byte inside a character.
func lines(body []byte) iter.Seq2[int, int] {
	return func(yield func(begin, end int) bool) {
		cr, lf := -1, -1 // the next of each; looked for once, or a file of LF would be read to its end for every line
		for begin := 0; begin < len(body); {
			cr, lf = next(body, '\r', cr, begin), next(body, '\n', lf, begin)
			end := min(cr, lf)
			if end > begin && !yield(begin, end) {
				return
			}
			begin = end + 1
		}
	}
}

// next gives the place of the next c from begin on, len(body) without one. known is
// what it gave last.
func next(body []byte, c byte, known, begin int) int {
	if known >= begin {
		return known
	}
	if i := bytes.IndexByte(body[begin:], c); i >= 0 {
		return begin + i
	}
	return len(body)
}
