package extended

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// SCP-ECG (ISO 11073-91064, EN 1064): six bytes of checksum and length, then sections.
// Section 0 says where the others lie, section 1 has the patient.
const (
	scpBegin         = 6
	scpSectionHeader = 16
	scpPointer       = 10
)

// isSCP tells an ECG by its section 0, whose first pointer is to itself.
func isSCP(head []byte) bool {
	if len(head) < scpBegin+scpSectionHeader+scpPointer {
		return false
	}
	le := binary.LittleEndian
	length := le.Uint32(head[10:])
	self := le.Uint16(head[8:]) == 0 && le.Uint16(head[22:]) == 0 && le.Uint32(head[28:]) == scpBegin+1
	return string(head[16:22]) == "SCPECG" || self && length >= scpSectionHeader+scpPointer && length == le.Uint32(head[24:])
}

// scpClaims reads whom an ECG is of. whole tells whether section 1 was there and read to
// its end.
func scpClaims(s *stream) (out []claim, whole bool) {
	le := binary.LittleEndian
	if s.skip(scpBegin) != nil {
		return nil, false
	}
	length := int64(0)
	if b := s.peek(scpSectionHeader); len(b) == scpSectionHeader {
		length = int64(le.Uint32(b[4:]))
	}
	if length < scpSectionHeader {
		return nil, false
	}
	pointers, err := s.take(length)
	if err != nil {
		return nil, false
	}
	at, whole := scpBegin+length, false
	for p := pointers[scpSectionHeader:]; len(p) >= scpPointer; p = p[scpPointer:] {
		length, index := int64(le.Uint32(p[2:])), int64(le.Uint32(p[6:]))
		if le.Uint16(p) != 1 || length == 0 {
			continue
		}
		if length < scpSectionHeader || s.skip(index-1-at) != nil {
			return out, false
		}
		section, err := s.take(min(length, maxValue))
		if err != nil || le.Uint16(section[2:]) != 1 {
			return out, false
		}
		at = index - 1 + int64(len(section))
		some, ended := scpPatient(section[scpSectionHeader:])
		if out = append(out, some...); !ended {
			return out, false
		}
		whole = true
	}
	return out, whole
}

// scpPatient reads the fields of section 1: tag (1 byte), length (2), value.
func scpPatient(b []byte) (out []claim, ended bool) {
	var fields [9][][]byte
	charset := ""
	for !ended && len(b) >= 3 {
		tag, length := int(b[0]), int(binary.LittleEndian.Uint16(b[1:]))
		if b = b[3:]; tag == 0xFF {
			ended = true
			break
		}
		if length > len(b) {
			break
		}
		switch {
		case tag < len(fields):
			fields[tag] = append(fields[tag], b[:length])
		case tag == 14 && length > 16:
			charset = scpCharset(b[16])
		}
		b = b[length:]
	}
	ended = ended || len(b) == 0
	text := func(v []byte) string { return scpText(v, charset) }
	birth := ""
	for _, v := range fields[5] {
		if len(v) >= 4 {
			birth = dayOf(binary.LittleEndian.Uint16(v), v[2], v[3])
			out = append(out, claim{birth: birth})
		}
	}
	for _, v := range fields[8] {
		if len(v) > 0 {
			out = append(out, claim{sex: sexOf(v[0])})
		}
	}
	for _, v := range fields[2] {
		if id := text(v); id != "" {
			out = append(out, claim{ids: []string{id}})
		}
	}
	for i, v := range fields[0] {
		n := named{family: text(v)}
		if i < len(fields[1]) {
			n.given = text(fields[1][i])
		}
		if !strings.ContainsRune(n.full(), '\uFFFD') && inJapanese(n.full()) {
			out = append(out, claim{names: []named{n}, birth: birth})
		}
	}
	return out, ended
}

// scpCharset names the character set of a language support code. Codes that are even
// are ASCII, in which Japanese is written nevertheless; what they are shows in the bytes.
func scpCharset(code byte) string {
	switch code {
	case 0x07:
		return "UTF-16"
	case 0x0F, 0x37: // Shift_JIS, UTF-8
		return ""
	case 0x17, 0x1F:
		return "EUC"
	}
	if code&1 == 0 {
		return ""
	}
	return "8859"
}

// scpText decodes a text, which a zero ends.
func scpText(b []byte, charset string) string {
	if charset == "UTF-16" {
		for i := 0; i+1 < len(b); i += 2 {
			if b[i] == 0 && b[i+1] == 0 {
				b = b[:i]
				break
			}
		}
	} else if end := bytes.IndexByte(b, 0); end >= 0 {
		b = b[:end]
	}
	return textOf(b, charset, binary.LittleEndian)
}
