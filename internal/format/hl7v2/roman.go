package hl7v2

import "bytes"

// romans are the characters that JIS X 0201 has in the places of two of ASCII's. Who turns
// Shift_JIS into UTF-8 by the letter of that standard makes them of the delimiters.
var romans = []struct{ is, was []byte }{
	{[]byte("\u00A5"), []byte(`\`)}, // yen sign
	{[]byte("\u203E"), []byte(`~`)}, // overline
}

// Unroman gives a message in whose MSH-2 stands a yen sign or an overline with the ASCII
// character that it was, all through; any other message, or its MSH alone, as it is.
func Unroman(msg []byte) []byte {
	const from = len("MSH|")
	if len(msg) <= from || !bytes.HasPrefix(msg, []byte("MSH")) {
		return msg
	}
	signs := msg[from:min(len(msg), from+12)]
	if end := bytes.IndexByte(signs, msg[from-1]); end >= 0 {
		signs = signs[:end]
	}
	out := msg
	for _, r := range romans {
		if bytes.Contains(signs, r.is) {
			out = bytes.ReplaceAll(out, r.is, r.was)
		}
	}
	return out
}
