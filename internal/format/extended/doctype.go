package extended

import (
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
)

// Type is a data-type folder's name: the facility's own type, the standard's, or both.
type Type struct {
	Local, Standard Code
	Rest            string // a seventh field, kept as it is
}

// Code is a code with its name and system.
type Code struct{ Code, Name, System string }

// seamat is how the data types of the cardiologists' SEAMAT standard begin: LJCS-100R is
// a report on an electrocardiogram, LJCS-100D its data.
const seamat = "LJCS-"

// ParseType reads a data-type folder's name, in NFC: six or seven fields parted by ^, or
// three where there is no standard type. SEAMAT's codes may stand alone.
func ParseType(folder string) (Type, error) {
	f := strings.Split(folder, "^")
	var t Type
	switch {
	case len(f) == 1 && strings.HasPrefix(folder, seamat):
		t.Local.Code = folder
	case len(f) == 1 && ssmix2.DataType(folder).Readable():
		return t, invalid("data-type folder: belongs into the standard storage")
	case len(f) == 3:
		t.Local = Code{f[0], f[1], f[2]}
	case len(f) == 6 || len(f) == 7:
		t.Local, t.Standard = Code{f[0], f[1], f[2]}, Code{f[3], f[4], f[5]}
		t.Rest = strings.Join(f[6:], "")
	default:
		return t, invalid("data-type folder of %d fields, 3, 6 or 7 are needed", len(f))
	}
	if t.Local.Code == "" && t.Local.Name == "" && t.Standard.Code == "" && t.Standard.Name == "" {
		return t, invalid("data-type folder says no type")
	}
	return t, nil
}

// called reports whether a content folder that has s for its data type may lie in a
// folder of the type: some write the code only.
func (t Type) called(s string) bool {
	return s != "" && (s == t.Local.Code || s == t.Standard.Code)
}

// Coded gives the type as an entry with a standard and a local half.
func (t Type) Coded() clinical.Coded {
	return clinical.Coded{
		Code: t.Standard.Code, Text: t.Standard.Name, System: t.Standard.System,
		LocalCode: t.Local.Code, LocalText: t.Local.Name, LocalSystem: t.Local.System,
	}
}

// Standardised gives the standard's code where the guideline's table has it, else "": a
// code that means the same everywhere and nothing that a hospital named.
func (t Type) Standardised() string {
	if _, ok := kinds[t.Standard.Code]; ok {
		return t.Standard.Code
	}
	return ""
}

// Kind says what kind of content documents of the type are. The standard's code decides;
// where there is none that is known, the words of the names do.
func (t Type) Kind() clinical.Kind {
	if k, ok := kinds[t.Standard.Code]; ok {
		return k
	}
	if strings.HasPrefix(t.Local.Code, seamat) {
		return clinical.KindReport
	}
	for _, name := range []string{t.Local.Name, t.Standard.Name, t.Local.Code} {
		if k, ok := kindByWords(name); ok {
			return k
		}
	}
	return clinical.KindDocument
}

// kindByWords is for types that a hospital named itself. Notes come before all else:
// whoever takes a nurse's record for a report shows it to more people.
func kindByWords(name string) (clinical.Kind, bool) {
	for _, w := range []struct {
		kind  clinical.Kind
		words []string
	}{
		{clinical.KindVital, []string{"OBSERVATIONS", "バイタル", "温度板"}},
		{clinical.KindSummary, []string{"サマリ", "要約"}},
		{clinical.KindNursingNote, []string{"看護", "ナース"}},
		{clinical.KindPhysicianNote, []string{"経過記録", "診療録", "カルテ", "医師記録", "プログレス", "回診", "既往"}},
		{clinical.KindReferral, []string{"紹介状", "診療情報提供", "逆紹介"}},
		{clinical.KindCheckup, []string{"健診", "検診", "健康診断", "人間ドック"}},
		{clinical.KindReport, []string{"報告書", "レポート", "所見"}},
	} {
		if slices.ContainsFunc(w.words, func(s string) bool { return strings.Contains(strings.ToUpper(name), s) }) {
			return w.kind, true
		}
	}
	return "", false
}

// kinds are the LOINC document types of the guideline's table (1.2h), by kind.
var kinds = tableOf(map[clinical.Kind]string{
	clinical.KindReferral:    "57133-1",
	clinical.KindSummary:     "Z0002 60591-5 18842-5 34746-8",
	clinical.KindNursingNote: "28623-7",
	clinical.KindPhysicianNote: "34109-9 11492-6 11506-3 28570-0 34098-4 34108-1 34112-3 34129-7 34750-0 34751-8 34874-8 34875-5 34876-3 " +
		"51855-5 75500-9 75492-9 77401-8 18761-7 57057-2 29749-9 Z0001 11504-8 34133-9 11503-0 64289-2",
	clinical.KindCheckup: "53576-5",
	clinical.KindReport: "47045-0 28010-7 12132-7 18759-1 58477-1 76641-0 77199-8 18745-0 18748-4 39712-5 39650-7 11526-1 47526-9 18743-5 " +
		"47048-4 59281-6 59282-4 77198-0 18747-6 18755-9 18751-8 18746-8 28018-0 28016-4 18744-3 19805-1 51896-9 18758-3 17787-3 11502-2 " +
		"18725-2 32453-3",
	clinical.KindDocument: "34895-3 34107-3 77430-7 78451-2 78601-2 64299-1 70004-7 64297-5 71230-7 11488-4 64298-3 51899-3 51848-0 78447-0 " +
		"78495-9 78503-0 59284-0 57016-8 77602-1 61358-8 61359-6 64300-7 64293-4 89428-7 57833-6 52063-5 57829-4 57831-0 64288-4 69730-0 " +
		"74213-0 78583-2 55115-0 57830-2 89429-5 42348-3 74465-6 89430-3 72170-4 75218-8 55750-4 28579-1 34821-9 68629-5 68839-0 75282-4 " +
		"28656-7 73709-8 74166-0 57828-6 78454-6 78292-0 56447-6 59772-4 60281-3 51897-7 75219-6 51852-2",
})

func tableOf(byKind map[clinical.Kind]string) map[string]clinical.Kind {
	out := map[string]clinical.Kind{}
	for kind, codes := range byKind {
		for code := range strings.FieldsSeq(codes) {
			out[code] = kind
		}
	}
	return out
}
