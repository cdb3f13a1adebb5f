package jahis_test

import (
	"slices"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jahis"
)

func documentOf(t *testing.T, kind clinical.Kind, lines ...string) clinical.Document {
	t.Helper()
	text, err := jahis.Parse([]byte(strings.Join(lines, "\r\n") + "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	docs := text.Documents()
	i := slices.IndexFunc(docs, func(d clinical.Document) bool { return d.Kind == kind })
	if i < 0 {
		t.Fatalf("no %s in %+v", kind, docs)
	}
	return docs[i]
}

func wordsIn(coded []clinical.Coded) (out []string) {
	for _, c := range coded {
		out = append(out, c.Label())
	}
	return out
}

// TestDocuments_unitsOfAnotherForm: five doses written under a form that counts days are
// no five days, and what is given more often than in whole numbers is not given once.
func TestDocuments_unitsOfAnotherForm(t *testing.T) {
	drug := func(usage string) clinical.Medication {
		return documentOf(t, clinical.KindDispensing, "JAHISTC08,1", "1,水引 花子,2,19760101", "5,20240601,1", "201,1,試験錠,1,錠,1,,1", "301,1,疼痛時,"+usage+",1,,1").Medications[0]
	}
	for usage, want := range map[string]string{
		"5,回分,1":   "用量 1錠、数量 5回分（1日量・1回量の別は不明）",
		"5,日分,3":   "用量 1錠、数量 5日分（1日量・1回量の別は不明）",
		"2.5,調剤,5": "用量 1錠 × 調剤数量 2.5",
	} {
		m := drug(usage)
		if got := wordsIn(m.Instructions); m.Days+m.Times != 0 || m.DailyDose+m.Dose+m.Total != "" || !slices.Equal(got, []string{want}) || m.AsNeeded != strings.HasSuffix(usage, ",3") {
			t.Errorf("%s: %+v", usage, m)
		}
	}
	if m := drug("5,日分,1"); m.Days != 5 || m.DailyDose != "1" || m.Instructions != nil {
		t.Errorf("days: %+v", m)
	}
	if m := drug("5,回分,3"); m.Times != 5 || m.Dose != "1" || m.Instructions != nil {
		t.Errorf("doses: %+v", m)
	}
}

// TestDocuments_provided: the name of a drug alone says nothing of why it was told.
func TestDocuments_provided(t *testing.T) {
	for kind, want := range map[string]string{"30": "副作用が発現した薬剤", "31": "退院後", "99": "医療機関等提供情報", "": "医療機関等提供情報"} {
		doc := documentOf(t, clinical.KindDocument, "JAHISTC08,1", "1,水引 花子,2,19760101", "5,20240601,1", "411,試験錠60mg,"+kind+",1")
		if got := doc.Text.Sections[0]; !strings.Contains(got.Heading, want) || got.Blocks[0].Paragraph != "試験錠60mg" {
			t.Errorf("kind %q: %+v", kind, got)
		}
	}
}

// TestDocuments_kindsOfNotes: a note that has its kind alone is said in words, else its own
// words stand.
func TestDocuments_kindsOfNotes(t *testing.T) {
	lines := []string{"JAHIS10", "1,1,1234567,20,試験病院", "11,,水引 花子,", "12,2", "13,19760101", "51,20240601", "81,1,1,", "81,2,,備考欄",
		"101,1,1,,14", "102,1,14,28", "111,1,1,,１日１回朝食後,", "181,1,1,3,,,", "181,1,2,1,３日目から１錠,,", "201,1,1,1,1,,試験錠,2,1,錠", "281,1,1,1,3,,"}
	doc := documentOf(t, clinical.KindPrescription, lines...)
	if got, want := wordsIn(doc.Medications[0].Instructions), []string{"隔日", "３日目から１錠", "分割調剤 1回の数量 14、総数量 28", "後発品変更不可"}; !slices.Equal(got, want) {
		t.Errorf("instructions %q, want %q", got, want)
	}
	if want := []string{"一包化", "備考欄"}; !slices.Equal(doc.Comments, want) {
		t.Errorf("comments %q, want %q", doc.Comments, want)
	}
}
