package waveform

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/encoding/unicode"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
	"mizuhiki.dev/mizuhiki/internal/format/prose"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
)

// textOf decodes text in the character set that a waveform names. What is not Japanese
// and has other letters than ASCII is U+FFFD: nobody compares it.
func textOf(b []byte, charset string, order binary.ByteOrder) string {
	charset = strings.ToUpper(charset)
	text := ""
	switch {
	case strings.Contains(charset, "UTF-16"), strings.Contains(charset, "10646"), strings.Contains(charset, "UCS"):
		end := unicode.BigEndian
		if order == binary.LittleEndian {
			end = unicode.LittleEndian
		}
		out, err := unicode.UTF16(end, unicode.UseBOM).NewDecoder().Bytes(b)
		if err != nil {
			return "\uFFFD"
		}
		text = string(out)
	case strings.Contains(charset, "EUC"):
		out, warning, err := prose.Decode(b, "euc-jp")
		if err != nil || warning != "" {
			return "\uFFFD"
		}
		text = out
	case strings.Contains(charset, "8859"), strings.Contains(charset, "IR 100"), strings.Contains(charset, "LATIN"):
		if bytes.ContainsFunc(b, func(r rune) bool { return r >= 0x80 }) {
			return "\uFFFD"
		}
		text = string(b)
	default: // whatever it is called: by the bytes
		text, _ = jis.Decode(b)
	}
	return trimText(text)
}

// trimText drops what pads a text.
func trimText(s string) string { return strings.Trim(s, " \u3000\t\r\n\x00") }

// dayOf gives a day of birth as YYYYMMDD, as far as it is said; empty for none.
func dayOf(year uint16, month, day byte) string {
	const first, last = 1850, 2150
	if year < first || year > last {
		return ""
	}
	if month == 0 && day == 0 {
		return fmt.Sprintf("%04d", year)
	}
	d, err := wareki.Of(int(year), time.Month(month), int(day))
	if err != nil {
		return ""
	}
	return d.Compact()
}

// sexOf reads a sex as MFER and SCP-ECG have it.
func sexOf(code byte) clinical.Sex {
	switch code {
	case 1:
		return clinical.Male
	case 2:
		return clinical.Female
	}
	return ""
}
