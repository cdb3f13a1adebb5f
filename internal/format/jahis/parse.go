package jahis

import (
	"log/slog"
	"slices"
	"strings"
	"unicode/utf8"
)

// Text is what one text holds: a notebook or a prescription, never both.
type Text struct {
	Notebook     *Notebook     `json:"notebook,omitempty"`
	Prescription *Prescription `json:"prescription,omitempty"`
	Warnings     []string      `json:"warnings,omitempty"` // what was read tolerantly, located, without values
}

// LogValue keeps the content of texts out of technical logs.
func (t Text) LogValue() slog.Value {
	if t.Notebook != nil {
		return slog.StringValue("(medication notebook)")
	}
	return slog.StringValue("(prescription)")
}

// Parse reads one text, or the parts of a split notebook in any order; see the package
// comment for what it refuses. Parts may also lie one behind the other in one file.
// If parts are missing the rest is read, with a warning and [Notebook.Missing].
func Parse(parts ...[]byte) (Text, error) {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	if size > MaxBytes {
		return Text{}, refuse(record{}, 0, "text of %d bytes, at most %d are read", size, MaxBytes)
	}
	var pieces []piece
	for _, p := range parts {
		found, err := piecesOf(decode(p))
		if err != nil {
			return Text{}, err
		}
		pieces = append(pieces, found...)
	}
	if len(pieces) == 0 {
		return Text{}, refuse(record{}, 0, "empty text")
	}
	r := &reader{}
	whole, err := r.join(pieces)
	if err != nil {
		return Text{}, err
	}
	var t Text
	if whole.header.notebook {
		t.Notebook, err = r.notebook(whole)
	} else {
		t.Prescription, err = r.prescription(whole)
	}
	if err == nil {
		err = r.whole(pieces)
	}
	if err != nil {
		return Text{}, err
	}
	if t.repeated() > maxShared {
		return Text{}, refuse(whole.first, 0, "more than %d bytes that drugs of one RP, or prescriptions of one dispensing, have in common", maxShared)
	}
	t.Warnings = r.warnings
	return t, nil
}

// whole refuses what was read if it may be less or other than what was written.
func (r *reader) whole(pieces []piece) error {
	for _, p := range pieces {
		table := prescriptionLengths
		if p.header.notebook {
			table = notebookLengths
		}
		for _, rec := range p.all {
			lengths, isKnown := table[rec.number]
			if rec.open && (isKnown || len(rec.fields) == 0) && !slices.Contains(lengths, len(rec.fields)) {
				return refuse(rec, 0, "no end of the line, and not all fields of its record: the text may be cut")
			}
			if i := slices.IndexFunc(rec.fields, unreadable); i >= 0 && isKnown && (p.header.notebook || !unshown[rec.number]) {
				return refuse(rec, i+1, "a character of what is shown cannot be read")
			}
			if unreadable(rec.raw) {
				r.warn(rec, 0, "a character could not be read")
			}
		}
	}
	return nil
}

// unshown are the records of a prescription of which nothing is shown.
var unshown = map[string]bool{
	"2": true, "3": true, "14": true, "21": true, "22": true, "23": true, "24": true, "25": true,
	"27": true, "28": true, "29": true, "30": true, "31": true, "61": true, "82": true,
}

func unreadable(s string) bool { return strings.ContainsRune(s, utf8.RuneError) }

// piece is a text with one header: a whole text or a part of one.
type piece struct {
	header  header
	first   record
	records []record
	all     []record // with the control record
	split   *Split
	part    int // 0 if it is not split
	parts   int
}

// piecesOf cuts a text at its headers.
func piecesOf(text string) ([]piece, error) {
	records, err := split(text)
	if err != nil {
		return nil, err
	}
	var out []piece
	for _, r := range records {
		if h, ok := headerOf(r); ok {
			out = append(out, piece{header: h, first: r})
			continue
		}
		if len(out) == 0 {
			return nil, refuse(record{line: r.line}, 0, "no JAHIS header")
		}
		out[len(out)-1].records = append(out[len(out)-1].records, r)
	}
	for i := range out {
		out[i].all = out[i].records
	}
	return out, nil
}

// join puts the parts of a split text in order under one header.
func (r *reader) join(pieces []piece) (piece, error) {
	for i := range pieces {
		if err := pieces[i].control(); err != nil {
			return piece{}, err
		}
	}
	first := pieces[0]
	if first.split == nil {
		if len(pieces) > 1 {
			return piece{}, refuse(record{line: pieces[1].first.line}, 0, "second text in one file")
		}
		return first, nil
	}
	byPart := make(map[int]piece)
	for _, p := range pieces {
		if p.split == nil || p.split.ID != first.split.ID || p.parts != first.parts || p.header != first.header {
			return piece{}, refuse(record{line: p.first.line}, 0, "parts of different texts")
		}
		if same, twice := byPart[p.part]; twice && !slices.EqualFunc(same.records, p.records, sameRecord) {
			return piece{}, refuse(record{line: p.first.line}, 0, "part %d came twice with different content", p.part)
		}
		byPart[p.part] = p
	}
	whole := piece{header: first.header, first: first.first, split: &Split{ID: first.split.ID, Parts: first.parts}}
	for n := 1; n <= first.parts; n++ {
		p, ok := byPart[n]
		if !ok {
			whole.split.Missing = append(whole.split.Missing, n)
			r.warn(first.first, 0, "part %d of %d is missing", n, first.parts)
			continue
		}
		whole.records = append(whole.records, p.records...)
	}
	if whole.split.Missing == nil {
		whole.split = nil // nothing is left of the split
	}
	if len(whole.records) > MaxRecords {
		return piece{}, refuse(record{}, 0, "more than %d records", MaxRecords)
	}
	return whole, nil
}

func sameRecord(a, b record) bool { return a.raw == b.raw }

// control takes record 911 out of a part of a notebook.
func (p *piece) control() error {
	if !p.header.notebook {
		return nil
	}
	for i, r := range p.records {
		if r.number != "911" {
			continue
		}
		parts, err := index(r, 2, "number of parts")
		if err != nil {
			return err
		}
		part, err := index(r, 3, "part")
		switch {
		case err != nil:
			return err
		case part > parts:
			return refuse(r, 3, "part is greater than the number of parts")
		case i != len(p.records)-1:
			return refuse(p.records[i+1], 0, "record behind the last of a part")
		}
		p.split, p.part, p.parts = &Split{ID: r.field(1)}, part, parts
		p.records = p.records[:i]
		return nil
	}
	return nil
}
