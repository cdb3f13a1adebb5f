package ssmix2

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

// coded tells the standard's code from the local one. Writers put either first; of two that
// are the facility's own the first stays first. What was
// written before it was coded stands with the text that is shown: その他（弱陽性）.
func coded(c hl7v2.Code) clinical.Coded {
	out := halves(c)
	if c.Original == "" || sameText(c.Original, c.Text) || sameText(c.Original, c.AltText) {
		return out
	}
	switch {
	case out.Text != "":
		out.Text += "（" + c.Original + "）"
	case out.LocalText != "":
		out.LocalText += "（" + c.Original + "）"
	default:
		out.Text = c.Original
	}
	return out
}

// sameText compares texts in one width, without their spaces.
func sameText(a, b string) bool { return a == b || plain(a) == plain(b) }

func plain(text string) string {
	return strings.Join(strings.Fields(norm.NFKC.String(text)), "")
}

func halves(c hl7v2.Code) clinical.Coded {
	if hl7v2.Local(c.System) && !hl7v2.Local(c.AltSystem) || c.Code == "" && c.Text == "" && c.System == "" && !hl7v2.Local(c.AltSystem) {
		return clinical.Coded{
			Code: c.AltCode, Text: c.AltText, System: c.AltSystem,
			LocalCode: c.Code, LocalText: c.Text, LocalSystem: c.System,
		}
	}
	return clinical.Coded{
		Code: c.Code, Text: c.Text, System: c.System,
		LocalCode: c.AltCode, LocalText: c.AltText, LocalSystem: c.AltSystem,
	}
}

// codedOrNil reads a coded field as [codedField] does, nil if it says nothing.
func codedOrNil(f hl7v2.Field) *clinical.Coded {
	if f.IsEmpty() {
		return nil
	}
	if c := codedField(f); !c.IsEmpty() {
		return &c
	}
	return nil
}

// codedField reads a coded field that has one entry by its table. Where a writer repeats
// it all the same, as for the left eye and the right, all are said in words: the first
// alone would be read as the whole.
func codedField(f hl7v2.Field) clinical.Coded {
	first := coded(f.Code())
	if f.Repetition(2).Raw() == "" {
		return first
	}
	all := codedAll(f.Codes())
	if !slices.ContainsFunc(all, func(c clinical.Coded) bool { return c != first }) {
		return first
	}
	return clinical.Coded{Text: joined(all)}
}

// nameOf reads what is tested or examined, nil if that is not said. Many writers part its text
// into subcomponents: QTc 時間&Bazett. Where they repeat the field, to write a code of
// their own beside the standard's, it stays the first one's, and all are said in words.
func nameOf(f hl7v2.Field) *clinical.Coded {
	var all []clinical.Coded
	for rep := range f.Repetitions() {
		code := rep.Code()
		code.Text, code.AltText = rep.Component(2).Spaced(), rep.Component(5).Spaced()
		if c := coded(code); !c.IsEmpty() {
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		return nil
	}
	name := all[0]
	if slices.ContainsFunc(all, func(c clinical.Coded) bool { return c != name }) {
		name.Text = joined(all)
	}
	return &name
}

func codedAll(codes []hl7v2.Code) []clinical.Coded {
	var out []clinical.Coded
	for _, c := range codes {
		out = append(out, coded(c))
	}
	return out
}

// codedIn reads the first entry of a coded field that its entry cannot do without.
func codedIn(s *hl7v2.Segment, field int, what string) (c clinical.Coded, err error) {
	if c = coded(s.Field(field).Code()); c.IsEmpty() {
		err = s.Errorf(field, "no %s", what)
	}
	return c, err
}

// onlyCodedIn does so where there should be no other, as a drug's in the codes of several
// systems.
func (r *reader) onlyCodedIn(s *hl7v2.Segment, field int, what string) (clinical.Coded, error) {
	c, err := codedIn(s, field, what)
	if f := s.Field(field); err == nil && f.Repetition(2).Raw() != "" && slices.ContainsFunc(codedAll(f.Codes()), func(other clinical.Coded) bool { return other != c }) {
		r.remark(clinical.RemarkLeftOut, s, field, "more than one entry, the first is shown")
	}
	return c, err
}

func staff(f hl7v2.Field) *clinical.Staff {
	s, ok := f.Staff()
	if !ok {
		return nil
	}
	return &clinical.Staff{ID: s.ID, Name: s.Name}
}

// staffIn reads one repetition of XCN, whole names in component 2 included.
func staffIn(rep hl7v2.Repetition) clinical.Staff {
	given := rep.Component(3).Text()
	if given == "L" || given == string(hl7v2.Ideographic) {
		given = ""
	}
	name := hl7v2.PersonName{Family: rep.Component(2).At(1), Given: given}
	return clinical.Staff{ID: rep.Component(1).Text(), Name: name.Full()}
}

// texts joins the repetitions of a field of plain text.
func texts(f hl7v2.Field, between string) string {
	var all []string
	for rep := range f.Repetitions() {
		all = appendLine(all, rep.Text())
	}
	return strings.Join(all, between)
}

// firstText is the first text that says something.
func firstText(texts ...string) string { return cmp.Or(texts...) }

// appendLine adds a comment if it says something.
func appendLine(lines []string, text string) []string {
	if strings.TrimSpace(text) == "" {
		return lines
	}
	return append(lines, text)
}

// time reads a time as written; what is no time is left out with a warning.
func (r *reader) time(s *hl7v2.Segment, field int) clinical.Time {
	f := s.Field(field)
	switch {
	case f.IsBlank():
		return ""
	case f.Raw() == r.lastTime:
		return clinical.Time(f.Raw())
	}
	t, err := f.Time()
	if err != nil {
		r.remark(clinical.RemarkLeftOut, s, field, "not a time, left out")
		return ""
	}
	if t.Hour >= 24 {
		r.remark(clinical.RemarkHour, s, field, "hour %d means the next day", t.Hour)
	}
	if t.Raw == f.Raw() {
		r.lastTime = t.Raw
	}
	return clinical.Time(t.Raw)
}

// count reads a whole number, 0 if there is none.
func (r *reader) count(s *hl7v2.Segment, field int) int {
	text := strings.TrimSpace(s.Text(field))
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		r.remark(clinical.RemarkLeftOut, s, field, "no whole number, left out")
		return 0
	}
	return n
}
