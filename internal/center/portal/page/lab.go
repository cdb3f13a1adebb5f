package page

import (
	"slices"
	"strconv"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jcode"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Lab is one laboratory result. Its JSON form is what web/island/labs reads; the
// type there mirrors this one.
type Lab struct {
	Facility string       `json:"facility"`
	Mark     string       `json:"-"`
	Item     ident.ItemID `json:"item"`
	At       string       `json:"at"` // YYYYMMDD or YYYYMMDDHHMM: when the specimen was taken, else the document's day
	// Key is equal for results that may stand in one row of the matrix, also of
	// different laboratories. Codes that mean something in one facility only give a
	// key of that facility's own.
	Key string `json:"key"`
	// Method is equal for results that may be joined by a line: same facility, same
	// whole code, same unit.
	Method   string   `json:"method"`
	Local    bool     `json:"local,omitempty"` // 施設独自項目: no standard code
	Name     string   `json:"name"`
	Also     []string `json:"also,omitempty"` // what people call the test besides, for the filter
	Panel    Panel    `json:"panel"`
	Order    string   `json:"order"` // within the panel, compared as text
	Specimen string   `json:"specimen,omitempty"`
	Value    string   `json:"value"` // as written
	Number   *float64 `json:"number,omitempty"`
	Bound    string   `json:"bound,omitempty"` // comparator of the value: < > <= >=
	Unit     string   `json:"unit,omitempty"`  // as written
	Shown    string   `json:"shown,omitempty"` // the unit as people read it
	Range    string   `json:"range,omitempty"` // as written
	Low      *float64 `json:"low,omitempty"`
	High     *float64 `json:"high,omitempty"`
	Flag     string   `json:"flag,omitempty"`   // H L HH LL A …, as the laboratory set it
	Status   string   `json:"status,omitempty"` // see [labStatus]
	Code     string   `json:"code,omitempty"`
	Comments []string `json:"comments,omitempty"` // on this result; those on its panel stand apart
	Site     string   `json:"-"`                  // where the specimen was taken
}

// Above, Below and Odd tell how a flag is drawn: by text, colour and shape together.
func (l Lab) Above() bool { return strings.HasPrefix(l.Flag, "H") }

// Below reports a flag for too low.
func (l Lab) Below() bool { return strings.HasPrefix(l.Flag, "L") }

// Odd reports a flag that is neither high nor low.
func (l Lab) Odd() bool { return l.Flag != "" && l.Flag != "N" && !l.Above() && !l.Below() }

// labs reads the results of a document that are values of a test. What a culture found
// is not: see [words.cultures].
func (w words) labs(f Facility, d ItemDocument) []Lab {
	_, rest := clinical.Cultures(d.Document.LabResults)
	return w.results(f, d, rest)
}

// results puts results of a document into words.
func (w words) results(f Facility, d ItemDocument, results []clinical.LabResult) []Lab {
	var out []Lab
	for _, r := range results {
		if r.Ordered {
			continue // a test that was ordered says nothing of the patient yet
		}
		test := r.Test.Value()
		lab := Lab{
			Facility: string(f.ID), Mark: f.Mark, Item: d.Item.ID, At: labTime(r, d),
			Name: test.Label(), Also: aliases(test), Specimen: r.Specimen.Label(),
			Value: labValue(r), Unit: r.Unit.Label(), Range: r.Range, Flag: flagOf(r.Flag), Code: codeOf(test),
			Comments: w.labComments(r), Site: r.SpecimenSite.Label(),
		}
		lab.Status, lab.Shown = labStatus(r.Status), w.unitShown(lab.Unit)
		lab.place(f, test)
		lab.Number, lab.Bound = number(lab.Value)
		lab.Low, lab.High = bounds(r.Range)
		lab.Method = strings.Join([]string{string(f.ID), lab.Code, lab.Unit}, "|")
		out = append(out, lab)
	}
	return out
}

// AskedPanel is a group of tests that a laboratory was asked for, as the order names it.
type AskedPanel struct {
	Name  string
	Tests []AskedTest
}

// AskedTest is a test that was ordered.
type AskedTest struct {
	Name, Specimen string
	Comments       []string
}

// asked lists what was ordered, in the order of the document.
func (w words) asked(d ItemDocument) []AskedPanel {
	var out []AskedPanel
	for _, r := range d.Document.LabResults {
		if !r.Ordered {
			continue
		}
		panel := r.Panel.Label()
		if len(out) == 0 || out[len(out)-1].Name != panel {
			out = append(out, AskedPanel{Name: panel})
		}
		last := &out[len(out)-1]
		last.Tests = append(last.Tests, AskedTest{Name: r.Test.Label(), Specimen: r.Specimen.Label(), Comments: w.labComments(r)})
	}
	return out
}

// labComments are the comments on a result, what became of its order, and the state of its
// specimen: potassium of haemolysed blood is another value.
func (w words) labComments(r clinical.LabResult) []string {
	if r.Circumstances == nil {
		return r.Comments
	}
	out := slices.Clone(r.Comments)
	if status := r.Circumstances.OrderStatus; status != "" {
		out = append(out, TextOf(w.lang, Message{Key: fault.Key("order_status." + string(status))}))
	}
	if state := w.said("lab.state", strings.Join(w.labels(r.Circumstances.State, nil), "、")); state != "" {
		out = append(out, state)
	}
	return out
}

// labStatus tells what a reader must know of a result that is not plainly final (OBX-11,
// HL7 table 0085): P for what the laboratory may still change (preliminary, partial,
// not yet verified), C corrected, I still in work, X no result to be had; empty for
// a final one.
func labStatus(status string) string {
	switch status {
	case "P", "R", "S":
		return "P"
	case "C", "I", "X":
		return status
	}
	return ""
}

// place finds the row and the panel of a test's result.
func (l *Lab) place(f Facility, test clinical.Coded) {
	system := jlacSystem(test.System)
	key, ok := jcode.TestKey(system, test.Code)
	if !ok {
		l.Local, l.Panel = true, PanelLocal
		// Many laboratories have one code for potassium, of serum and of urine.
		l.Key = string(f.ID) + ":" + test.LocalCode + test.Code + ":" + l.Name + ":" + l.Specimen
		l.Order = l.Name
		return
	}
	// The chapters of JLAC11 are others than those that panels are made from.
	l.Key, l.Panel, l.Order = key, PanelOther, "2"+key
	if code, ok := jcode.ParseJLAC10(test.Code); ok && system == "JC10" {
		l.Panel, l.Order = panelOf(code), panelOrder(code)
	}
}

// jlacSystem is the code system of a test without the version that may follow.
func jlacSystem(system string) string {
	system = strings.ToUpper(system)
	return system[:min(len(system), len("JC10"))]
}

func labTime(r clinical.LabResult, d ItemDocument) string {
	digits := string(r.Collected.InJapan())
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			digits = digits[:i]
			break
		}
	}
	switch {
	case len(digits) >= 12:
		return digits[:12]
	case len(digits) >= 8:
		return digits[:8]
	}
	return d.Item.Date + d.Item.Time
}

func labValue(r clinical.LabResult) string {
	if r.Value != "" {
		return r.Value
	}
	return r.Coded.Label()
}

// flagOf keeps what a reader must see; N (normal) is the absence of a flag.
func flagOf(flag string) string {
	if flag == "N" {
		return ""
	}
	return flag
}

// number reads a value that may carry a comparator: <0.05 is 0.05 with "<".
func number(value string) (*float64, string) {
	s := foldDigits(value)
	bound := ""
	for _, p := range []struct{ sign, means string }{{"<=", "<="}, {">=", ">="}, {"≦", "<="}, {"≧", ">="}, {"<", "<"}, {">", ">"}} {
		if rest, ok := strings.CutPrefix(s, p.sign); ok {
			s, bound = rest, p.means
			break
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n-n != 0 { // not a number, or infinite
		return nil, ""
	}
	return &n, bound
}

// bounds reads a reference range: 6.7-8.3, 6.7~8.3, <5.0, 40以上. One that is not
// understood gives none and is still shown as written.
func bounds(written string) (low, high *float64) {
	s := strings.NewReplacer("〜", "-", "~", "-", "−", "-", "–", "-", "‐", "-").Replace(foldDigits(written))
	if n, bound := number(s); n != nil && bound != "" {
		if strings.HasPrefix(bound, "<") {
			return nil, n
		}
		return n, nil
	}
	for suffix, isLow := range map[string]bool{"以上": true, "以下": false, "未満": false} {
		if rest, ok := strings.CutSuffix(s, suffix); ok {
			n, _ := number(rest)
			if isLow {
				return n, nil
			}
			return nil, n
		}
	}
	if len(s) > 1 {
		if i := strings.Index(s[1:], "-"); i >= 0 { // a sign in front is not the dash
			low, _ = number(s[:i+1])
			high, _ = number(s[i+2:])
			if low == nil && s[:i+1] != "" || high == nil && s[i+2:] != "" {
				return nil, nil
			}
			return low, high
		}
		if rest, ok := strings.CutPrefix(s, "-"); ok {
			n, _ := number(rest)
			return nil, n
		}
		if rest, ok := strings.CutSuffix(s, "-"); ok {
			n, _ := number(rest)
			return n, nil
		}
	}
	return nil, nil
}
