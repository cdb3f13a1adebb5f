package mllp

import (
	"bytes"
	"unicode/utf8"

	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// maxHeader bounds an MSH segment.
const maxHeader = 4 << 10

// Fields of MSH by number.
const (
	mshSendingApplication   = 3
	mshSendingFacility      = 4
	mshReceivingApplication = 5
	mshReceivingFacility    = 6
	mshType                 = 9
	mshControlID            = 10
	mshProcessingID         = 11
	mshVersion              = 12
	mshAcceptAck            = 15
	mshApplicationAck       = 16
	mshCharset              = 18
	mshCharsetHandling      = 20
	mshFields               = 20
)

// header is what an acknowledgement needs of a message: its MSH as raw bytes, since they
// are given back in the sender's own character set.
type header struct {
	ok         bool
	separator  byte
	components byte
	signs      []byte // MSH-2
	fields     [mshFields + 1][]byte
}

// readHeader reads the MSH of a message. The fields are parts of msh; ok is false where
// the message does not begin with one that can be read.
func readHeader(msh []byte) (h header) {
	h.separator, h.components, h.signs = '|', '^', []byte(`^~\&`)
	msh = hl7v2.Unroman(msh)
	if len(msh) < 5 || len(msh) > maxHeader || !bytes.HasPrefix(msh, []byte("MSH")) || !sign(msh[3]) {
		return h
	}
	separator := msh[3]
	rest := msh[4:]
	end := bytes.IndexByte(rest, separator)
	if end < 1 || end > 5 {
		return h
	}
	signs := rest[:end]
	if end < len(h.signs) { // those left out are the standard's
		signs = append(bytes.Clone(signs), h.signs[end:]...)
	}
	for i, c := range signs {
		if !sign(c) || c == separator || bytes.IndexByte(signs[:i], c) >= 0 {
			return h
		}
	}
	h.separator, h.components, h.signs, h.ok = separator, rest[0], rest[:end], true
	h.split(rest[end+1:])
	return h
}

func sign(c byte) bool {
	return c > ' ' && c < 0x7F && c != '"' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
}

// split finds the fields from MSH-3 on. A separator inside a two-byte character, of
// ISO-2022-JP or Shift_JIS, is none.
func (h *header) split(rest []byte) {
	sjis := !utf8.Valid(rest)
	if !sjis && bytes.IndexByte(rest, 0x1B) < 0 { // no two-byte characters
		h.splitPlain(rest)
		return
	}
	n, start := 3, 0
	double := false
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == 0x1B && i+2 < len(rest):
			double = rest[i+1] == '$'
			i += 2
		case double:
			i++
		case sjis && (c >= 0x81 && c <= 0x9F || c >= 0xE0 && c <= 0xFC):
			i++
		case c == h.separator:
			if n > mshFields {
				return
			}
			h.fields[n] = rest[start:i]
			n, start = n+1, i+1
		}
	}
	if n <= mshFields {
		h.fields[n] = rest[min(start, len(rest)):]
	}
}

func (h *header) splitPlain(rest []byte) {
	for n := 3; n <= mshFields; n++ {
		end := bytes.IndexByte(rest, h.separator)
		if end < 0 {
			h.fields[n] = rest
			return
		}
		h.fields[n], rest = rest[:end], rest[end+1:]
	}
}

// component gives component n of a field of codes, from 1.
func (h *header) component(field, n int) []byte {
	rest := h.fields[field]
	for ; n > 1; n-- {
		i := bytes.IndexByte(rest, h.components)
		if i < 0 {
			return nil
		}
		rest = rest[i+1:]
	}
	if i := bytes.IndexByte(rest, h.components); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

// segment gives the first segment of a message: its MSH.
func segment(body []byte) []byte {
	return line(body[:min(len(body), maxHeader+1)])
}

// line gives what comes before the first end of a line.
func line(b []byte) []byte {
	for _, end := range []byte("\r\n") {
		if i := bytes.IndexByte(b, end); i >= 0 {
			b = b[:i]
		}
	}
	return b
}

// lead takes off what senders put before MSH.
func lead(body []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF")), "\v\r\n")
}
