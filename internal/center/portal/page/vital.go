package page

import (
	"regexp"
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// Sign is a vital sign that has a column and a line of its own.
type Sign string

const (
	SignTemperature Sign = "temperature"
	SignPulse       Sign = "pulse"
	SignSystolic    Sign = "systolic"
	SignDiastolic   Sign = "diastolic"
	SignRespiration Sign = "respiration"
	SignSpO2        Sign = "spo2"
)

// signCodes are the analytes of JLAC10 by which NHO and JAHIS send vital signs.
var signCodes = []struct {
	prefix string
	sign   Sign
}{
	{"9A751", SignSystolic}, {"9A761", SignDiastolic}, {"9P300", SignPulse}, {"9P200", SignRespiration}, {"9P100", SignTemperature},
}

// signWords recognise measurements with a local code by their name; the first that fits
// holds. Names are compared in half width and small letters.
var signWords = []struct {
	word string
	sign Sign
}{
	{"収縮期", SignSystolic}, {"最高血圧", SignSystolic}, {"拡張期", SignDiastolic}, {"最低血圧", SignDiastolic},
	{"spo2", SignSpO2}, {"酸素飽和度", SignSpO2}, {"呼吸数", SignRespiration}, {"脈拍", SignPulse}, {"心拍数", SignPulse}, {"体温", SignTemperature},
}

// usualUnits are the spellings of the unit that the head of a column names. A value in
// another unit is shown with it and stands on no line.
var usualUnits = map[Sign][]string{
	SignTemperature: {"℃", "°c", "度", "cel", "c"},
	SignPulse:       {"/分", "回/分", "bpm", "/min", "拍/分", "(hb)", "(hb)/min"},
	SignSystolic:    {"mmhg", "mm[hg]", "mm(hg)"},
	SignDiastolic:   {"mmhg", "mm[hg]", "mm(hg)"},
	SignRespiration: {"/分", "回/分", "/min"},
	SignSpO2:        {"%"},
}

// Vital is one measurement. Its JSON form is what web/island/vitals reads; the type
// there mirrors this one.
type Vital struct {
	Facility string   `json:"facility"`
	At       string   `json:"at"` // YYYYMMDD or YYYYMMDDHHMM
	Sign     Sign     `json:"sign"`
	Number   *float64 `json:"number"`
	Name     string   `json:"-"`
	Value    string   `json:"-"` // as written
	Unit     string   `json:"-"` // empty where it is the usual one
	Flag     string   `json:"-"`
}

// Above, Below and Odd tell how a flag is drawn, as for [Lab].
func (v Vital) Above() bool { return strings.HasPrefix(v.Flag, "H") }

// Below reports a flag for too low.
func (v Vital) Below() bool { return strings.HasPrefix(v.Flag, "L") }

// Odd reports a flag that is neither high nor low.
func (v Vital) Odd() bool { return v.Flag != "" && !v.Above() && !v.Below() }

// VitalRow is what was measured at one time.
type VitalRow struct {
	Sort        string
	Facility    Facility
	Item        ident.ItemID
	At          string // for people
	Temperature []Vital
	Pulse       []Vital
	Systolic    []Vital
	Diastolic   []Vital
	Respiration []Vital
	SpO2        []Vital
	Others      []Vital
}

var pressure = regexp.MustCompile(`^(\d{2,3})/(\d{2,3})$`)

// signOf recognises a vital sign by its code, else by its name.
func signOf(test clinical.Coded) Sign {
	for _, code := range []string{test.Code, test.LocalCode} {
		for _, c := range signCodes {
			if strings.HasPrefix(code, c.prefix) {
				return c.sign
			}
		}
	}
	for _, name := range []string{test.Text, test.LocalText} {
		name = strings.ToLower(foldDigits(name))
		for _, w := range signWords {
			if strings.Contains(name, w.word) {
				return w.sign
			}
		}
	}
	return ""
}

// vitals reads the measurements of a document. A blood pressure in one value, 120/80,
// is two.
func (w words) vitals(f Facility, d ItemDocument) []Vital {
	var out []Vital
	for _, r := range d.Document.Vitals {
		if r.Ordered {
			continue
		}
		v := Vital{
			Facility: string(f.ID), At: labTime(r, d), Sign: signOf(r.Test.Value()),
			Name: r.Test.Label(), Value: labValue(r), Unit: r.Unit.Label(), Flag: flagOf(r.Flag),
		}
		if both := pressure.FindStringSubmatch(foldDigits(v.Value)); both != nil && (v.Sign == SignSystolic || strings.Contains(v.Name, "血圧")) {
			upper, lower := v, v
			upper.Sign, upper.Value = SignSystolic, both[1]
			lower.Sign, lower.Value = SignDiastolic, both[2]
			out = append(out, upper.measured(), lower.measured())
			continue
		}
		out = append(out, v.measured())
	}
	return out
}

// measured reads the number, unless its unit is not the one that the sign is drawn in.
func (v Vital) measured() Vital {
	usual := usualUnits[v.Sign]
	unit := strings.ToLower(foldDigits(v.Unit))
	if v.Unit == "" || slices.ContainsFunc(usual, func(u string) bool { return strings.ToLower(foldDigits(u)) == unit }) {
		if v.Sign != "" {
			v.Unit = ""
		}
		v.Number, _ = number(v.Value)
	}
	return v
}

// drawn lists what has a place on the chart.
func drawn(all []Vital) []Vital {
	var out []Vital
	for _, v := range all {
		if v.Sign != "" && v.Number != nil {
			out = append(out, v)
		}
	}
	return out
}

// vitalRows puts together what was measured at one time, newest first.
func (w words) vitalRows(f Facility, d ItemDocument) []VitalRow {
	var rows []VitalRow
	at := map[string]int{}
	for _, v := range w.vitals(f, d) {
		i, seen := at[v.At]
		if !seen {
			i = len(rows)
			at[v.At] = i
			rows = append(rows, VitalRow{Sort: v.At + "|" + string(f.ID) + "|" + string(d.Item.ID), Facility: f, Item: d.Item.ID, At: clinicalTime(clinical.Time(v.At))})
		}
		cell := rows[i].cell(v.Sign)
		*cell = append(*cell, v)
	}
	newestFirst(rows, func(r VitalRow) string { return r.Sort })
	return rows
}

func (r *VitalRow) cell(s Sign) *[]Vital {
	switch s {
	case SignTemperature:
		return &r.Temperature
	case SignPulse:
		return &r.Pulse
	case SignSystolic:
		return &r.Systolic
	case SignDiastolic:
		return &r.Diastolic
	case SignRespiration:
		return &r.Respiration
	case SignSpO2:
		return &r.SpO2
	}
	return &r.Others
}
