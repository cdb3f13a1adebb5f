package hl7v2

import (
	"bytes"
	"strings"
)

// firstSign gives the field separator, MSH-1.
func firstSign(text string) (packed, error) {
	rest, ok := strings.CutPrefix(text, "MSH")
	switch {
	case !ok:
		return 0, located(1, "", 0, "%w", ErrNoHeader)
	case rest == "" || !sign(rest[0]):
		return 0, located(1, "MSH", 1, "no field separator")
	}
	return packed(rest[0]), nil
}

// header reads delimiters and character set.
func (p *parser) header(msh *Segment) (err error) {
	d := &p.message.Delimiters
	if *d, err = delimiters(msh); err != nil {
		return err
	}
	p.signs = d.pack()
	msh.delims = p.signs
	p.utf8 = p.charset(msh)
	return nil
}

// delimiters reads MSH-2 beside a field separator that is one. Signs that MSH-2 leaves
// out are the standard's.
func delimiters(msh *Segment) (Delimiters, error) {
	d := Standard
	d.Field = msh.delims.field()
	signs := msh.Field(2).Raw()
	if signs == standardSigns && d == Standard {
		return d, nil
	}
	for i, target := range []*byte{&d.Component, &d.Repetition, &d.Escape, &d.Subcomponent} {
		if i < len(signs) {
			*target = signs[i]
		}
	}
	all := []byte{d.Field, d.Component, d.Repetition, d.Escape, d.Subcomponent}
	for i, c := range all {
		if !sign(c) {
			return d, msh.Errorf(2, "encoding characters must be signs")
		}
		if bytes.IndexByte(all[:i], c) >= 0 {
			return d, msh.Errorf(2, "encoding characters must differ from each other")
		}
	}
	return d, nil
}

// standardSigns is MSH-2 of [Standard].
const standardSigns = `^~\&`

// sign reports whether c may be a delimiter: a graphic ASCII character that is
// neither letter nor digit, nor the quote of the null value.
func sign(c byte) bool {
	return c > ' ' && c < 0x7F && c != '"' && !letterOrDigit(c)
}

func letterOrDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// charset judges MSH-18 and reports whether it declares UTF-8. Whatever it says,
// ISO-2022-JP escapes are obeyed and raw bytes are repaired: hospitals declare one
// set and write another.
func (p *parser) charset(msh *Segment) (isUTF8 bool) {
	declared := msh.Field(18)
	if declared.Raw() == usualCharset && p.message.Delimiters == Standard {
		return false
	}
	known := false
	for r := range declared.Repetitions() {
		switch strings.ToUpper(charsetSpelling.Replace(r.Text())) {
		case "":
		case "UNICODEUTF8", "UTF8", "UNICODE":
			return true
		case "ASCII", "ISOIR6", "ISOIR14", "ISOIR87", "ISOIR159":
			known = true
		default:
			p.warn(Undeclared, "%s: unknown character set, read as ISO-2022-JP", msh.Place(18))
			return false
		}
	}
	if !known {
		p.warn(Undeclared, "%s: no character set declared, read as ISO-2022-JP", msh.Place(18))
	}
	return false
}

// usualCharset is MSH-18 as SS-MIX2 wants it.
const usualCharset = "~ISO IR87"

// charsetSpelling takes away in what writers differ.
var charsetSpelling = strings.NewReplacer(" ", "", "-", "", "_", "")
