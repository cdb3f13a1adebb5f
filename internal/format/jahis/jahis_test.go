package jahis_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/jahis"
)

var update = flag.Bool("update", false, "write the golden files anew")

func read(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// What a text holds and what it means, reviewed by eye.
func TestGolden(t *testing.T) {
	for _, name := range []string{"notebook", "prescription"} {
		t.Run(name, func(t *testing.T) {
			text, err := jahis.Parse(read(t, name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			enc := json.NewEncoder(&got)
			enc.SetIndent("", "  ")
			enc.SetEscapeHTML(false)
			if err := enc.Encode(struct {
				Text      jahis.Text
				Documents []clinical.Document
			}{text, text.Documents()}); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".golden.json")
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// The same text reads the same in both encodings and with any line end.
func TestParse_writings(t *testing.T) {
	for _, name := range []string{"notebook.txt", "prescription.txt"} {
		utf8 := read(t, name)
		want, err := jahis.Parse(utf8)
		if err != nil {
			t.Fatal(err)
		}
		sjis, err := japanese.ShiftJIS.NewEncoder().Bytes(utf8)
		if err != nil {
			t.Fatal(err)
		}
		for writing, body := range map[string][]byte{
			"shift_jis":      sjis,
			"shift_jis crlf": bytes.ReplaceAll(sjis, []byte("\n"), []byte("\r\n")),
			"cr":             bytes.ReplaceAll(utf8, []byte("\n"), []byte("\r")),
			"bom":            append([]byte("\xEF\xBB\xBF"), utf8...),
			"eof mark":       append(slices.Clone(sjis), 0x1A),
			"no last end":    bytes.TrimRight(utf8, "\n"),
		} {
			t.Run(name+" "+writing, func(t *testing.T) {
				got, err := jahis.Parse(body)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("-utf8 +%s\n%s", writing, diff)
				}
			})
		}
		if body, replaced := want.Bytes(); replaced != 0 {
			t.Errorf("%s: %d characters replaced", name, replaced)
		} else if again, err := jahis.Parse(body); err != nil || !sameText(again, want) {
			t.Errorf("%s: Parse of Bytes = %v", name, err)
		}
	}
}

func sameText(a, b jahis.Text) bool {
	a.Warnings, b.Warnings = nil, nil
	return cmp.Equal(a, b)
}

// Half-width kana alone are valid UTF-8 of another meaning.
func TestParse_halfWidthKanaIsNoUTF8(t *testing.T) {
	text, err := jahis.Parse([]byte("JAHISTC08,1\n1,\xC3\xB1,1,19480229\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := text.Notebook.Patient.Name; got != "ﾃｱ" {
		t.Errorf("name = %q, want ﾃｱ", got)
	}
}

func TestBytes_replaces(t *testing.T) {
	text := jahis.Text{Notebook: &jahis.Notebook{Version: "08", Direction: "1", Memos: []jahis.Memo{{Text: "𠮷野,家\n前"}}}}
	body, replaced := text.Bytes()
	again, err := jahis.Parse(body)
	if err != nil || replaced != 1 || again.Notebook.Memos[0].Text != "■野，家 前" {
		t.Errorf("replaced %d, %v, %v", replaced, again.Notebook, err)
	}
}

const (
	begin = "JAHISTC08,1\n1,水引 花子,2,19480229\n"
	rx    = "JAHIS10\n11,,水引 花子,\n12,2\n13,19480229\n"
)

func TestParse_refuses(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"nothing", " \r\n\x1a", "empty text"},
		{"too large", strings.Repeat("x", jahis.MaxBytes+1), "at most"},
		{"too many records", begin + strings.Repeat("4,a\n", jahis.MaxRecords+1), "more than 50000 records"},
		{"no header", "NOT_JAHIS\n1,a", "line 1: no JAHIS header"},
		{"header without version", "JAHISTC,1\n", "line 1: no JAHIS header"},
		{"two texts", begin + begin, "line 3: second text in one file"},
		{"notebook and prescription", begin + rx, "line 3: second text in one file"},
		{"second patient", begin + "1,別人 太郎,1,19500101\n", "line 3 (record 1): a second patient"},
		{"second patient of a prescription", rx + "11,,別人 太郎,\n", "line 5 (record 11): a second patient"},
		{"rp number", begin + "201,x,薬,1,錠,1,,1\n", "line 3 (record 201), field 1: RP number is no number from 1 to 999"},
		{"rp number zero", begin + "201,0,薬,1,錠,1,,1\n", "line 3 (record 201), field 1: RP number"},
		{"note without drug", begin + "281,1,半分\n", "line 3 (record 281): no drug before it"},
		{"usage without drug", begin + "5,20260310\n301,1,毎食後,3,日分,1,1,\n", "line 4 (record 301): RP without a drug"},
		{"no drug", begin + "201,1,,1,錠,1,,1\n", "field 2: no drug"},
		{"no amount", begin + "201,1,薬,,錠,1,,1\n", "field 3: no amount"},
		{"second usage", begin + "201,1,薬,1,錠,1,,1\n301,1,a,1,日分,1,1\n301,1,b,1,日分,1,1\n", "a second usage of one RP"},
		{"ingredient without drug", begin + "31,1,成分,1,,2\n", "line 3 (record 31), field 1: no drug of that number"},
		{"shortened drug record", rx + "101,1,1,,3\n111,1,1,,毎食後\n201,1,1,620000001,薬,3,錠\n", "line 7 (record 201), field 4: kind of the drug's code"},
		{"rp without form", rx + "111,1,1,,毎食後\n201,1,1,1,1,,薬,3,1,錠\n", "line 5 (record 111): RP without its form"},
		{"rp without drug", rx + "101,1,1,,3\n111,1,1,,毎食後\n", "line 5 (record 101): RP without a drug"},
		{"drug twice", rx + "101,1,1,,3\n201,1,1,1,1,,薬,3,1,錠\n201,1,1,1,1,,薬,3,1,錠\n", "a second drug of one number"},
		{"note to no drug", rx + "101,1,1,,3\n201,1,1,1,1,,薬,3,1,錠\n281,1,2,1,,粉砕,\n", "line 7 (record 281): no drug before it"},
		{"second issue date", rx + "51,20260310\n51,20260311\n", "line 6 (record 51): a second record"},
		{"part of more", begin + "911,1,2,3\n", "field 3: part is greater"},
		{"undecodable", begin + "4,\x81\xFFa\n", "line 3 (record 4), field 1: a character of what is shown cannot be read"},
		{"undecodable name", "JAHISTC08,1\n1,水\uFFFD 花子,2,19480229\n", "line 2 (record 1), field 1: a character of what is shown cannot be read"},
		{"undecodable unit", rx + "101,1,1,,3\n111,1,1,,毎食後,\n201,1,1,1,1,,薬,3,1,\x81\xFF\n", "line 7 (record 201), field 9: a character of what is shown cannot be read"},
		{"behind the last", begin + "911,1,2,1\n4,a\n", "line 4 (record 4): record behind the last of a part"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := jahis.Parse([]byte(c.body))
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error = %v, want %q", err, c.want)
			}
			for _, value := range []string{"水引", "別人", "薬"} {
				if strings.Contains(err.Error(), value) {
					t.Errorf("error holds a value: %v", err)
				}
			}
			if located := (*jahis.Error)(nil); !errors.As(err, &located) {
				t.Errorf("error %v is not located", err)
			}
		})
	}
}

func TestParse_warns(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"unknown record", begin + "950,x\n", "line 3 (record 950): record is not known, kept as it is"},
		{"line without number", begin + "ひとりごと\n", "line 3: record is not known, kept as it is"},
		{"more fields", begin + "4,a,,1,new\n", "line 3 (record 4), field 4: field is not known, left out"},
		{"direction", "JAHISTC08\n1,a,1,19480229\n", "direction is neither 1 nor 2"},
		{"nobody", "JAHISTC08,1\n5,20260310\n", "no patient (record 1)"},
		{"no date", begin + "201,1,薬,1,錠,1,,1\n", "line 3 (record 201): no date of dispensing"},
		{"code missing", begin + "5,20260310\n201,1,薬,1,錠,2,,1\n", "line 4 (record 201), field 6: no code of the kind"},
		{"undecodable, and unknown", begin + "950,\x81\xFFa\n", "line 3 (record 950): a character could not be read"},
		{"undecodable, and not shown", rx + "2,,\uFFFD\n", "line 5 (record 2): a character could not be read"},
		{"part missing", begin + "911,77,3,2\n", "part 3 of 3 is missing"},
		{"no rp", rx, "no RP (record 101)"},
		{"no usage", rx + "101,1,1,,3\n201,1,1,1,1,,薬,3,1,錠\n", "RP without usage (record 111)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := jahis.Parse([]byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if all := strings.Join(text.Warnings, "\n"); !strings.Contains(all, c.want) || strings.Contains(all, "薬") {
				t.Errorf("warnings = %q, want %q", all, c.want)
			}
		})
	}
}

// A text without an end of its last line is whole if its last record is. Wherever else it
// is cut, it is refused: there, a drug's name, a number of days or a unit would be another.
func TestParse_cut(t *testing.T) {
	notebook := begin + "5,20260310,1\n11,薬局,13,4,1234567,,,,1\n201,1,バファリン,10,錠,2,612170709,1\n281,1,半分,1\n301,1,毎食後,14,日分,1,1,,1\n421,残薬10,1\n601,眠気,20260311\n"
	later := begin + "5,20260310,1\n201,1,バファリン,10,錠,2,612170709,1,【般】アスピリン,2,1143001X1ZZZ\n301,1,毎食後,14,日分,1,1,,1\n"
	prescribed := rx + "51,20260310\n101,1,1,,14\n111,1,1,,毎食後,3\n181,1,1,5,隔日,,\n201,1,1,1,2,612170709,バファリン,10,1,錠\n241,1,1,10,3\n281,1,1,1,8,一包化,I1100000\n"
	for name, whole := range map[string]string{"notebook": notebook, "later notebook": later, "prescription": prescribed} {
		t.Run(name, func(t *testing.T) {
			want, err := jahis.Parse([]byte(whole))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := jahis.Parse([]byte(strings.TrimSuffix(whole, "\n"))); err != nil || !sameText(got, want) {
				t.Errorf("without the last end of a line: %v", err)
			}
			if got, err := jahis.Parse([]byte(strings.TrimSuffix(whole, "\n") + "\x1a")); err != nil || !sameText(got, want) {
				t.Errorf("with a mark instead: %v", err)
			}
			for n := strings.Index(whole, "\n5"); n < len(whole); n++ {
				text, err := jahis.Parse([]byte(whole[:n]))
				if err != nil {
					continue
				}
				for _, d := range text.Documents() {
					for _, m := range d.Medications {
						said := append(slices.Clone(m.Instructions), m.Usage...)
						said = slices.DeleteFunc(said, func(c clinical.Coded) bool {
							return slices.Contains([]string{"半分", "毎食後", "隔日", "一包化", "用量 10錠（1日量・1回量・全量の別は不明）"}, c.Text)
						})
						if m.Drug.Text != "バファリン" || m.DailyDose != "" && m.DailyDose != "10" || m.Days != 0 && m.Days != 14 || m.Total != "" || len(said) > 0 {
							t.Errorf("cut behind %q it is read as %+v", whole[:n], m)
						}
					}
				}
			}
		})
	}
	for name, body := range map[string]string{
		"a number alone":         begin + "5,20260310\n20",
		"the number of another":  begin + "5,20260310\n201,1,薬,1,錠,1,,1\n30",
		"a name":                 begin + "5,20260310\n201,1,バフ",
		"without the maker":      begin + "5,20260310\n201,1,薬,1,錠,2,61217",
		"in the generic name":    begin + "5,20260310\n201,1,薬,1,錠,2,612170709,1,【般】アム",
		"the days of a form":     rx + "101,1,1,,14\n201,1,1,1,1,,薬,3,1,錠\n111,1,1,,毎食",
		"a dose without a count": rx + "101,1,1,,14\n201,1,1,1,1,,薬,3,1,錠\n241,1,1,1",
		"in a part":              "JAHISTC08,1\n5,20260310\n911,1,2",
	} {
		if _, err := jahis.Parse([]byte(body)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: error %v, want invalid", name, err)
		}
	}
	if _, err := jahis.Parse([]byte(begin + "950,x")); err != nil {
		t.Errorf("a record that is not known and not shown: %v", err)
	}
}

// Without usage, or in a form that nobody knows, an amount is neither a day's nor all.
func TestDocuments_amountOfNoForm(t *testing.T) {
	drug := begin + "5,20260310\n201,1,薬,1,錠,1,,1\n"
	prescribed := func(form string) string {
		return rx + "101,1," + form + ",14\n111,1,1,,用法,\n201,1,1,1,1,,薬,1,1,錠\n"
	}
	for name, tc := range map[string]struct{ text, quantity string }{
		"no usage":                       {drug, ""},
		"no form":                        {drug + "301,1,毎食後,14,日分,,1,,1\n", "、数量 14日分"},
		"an unknown form":                {drug + "301,1,毎食後,14,日分,8,1,,1\n", "、数量 14日分"},
		"no form, prescribed":            {prescribed(","), "、数量 14"},
		"an unknown one, prescribed":     {prescribed("8,"), "、数量 14"},
		"one that is told to be unknown": {prescribed("9,その他"), "、数量 14"},
	} {
		text, err := jahis.Parse([]byte(tc.text))
		if err != nil {
			t.Fatal(err)
		}
		docs := text.Documents()
		doc := docs[len(docs)-1]
		m := doc.Medications[0]
		if m.Total != "" || m.Dose != "" || m.DailyDose != "" || m.Days != 0 || len(m.Instructions) != 1 || m.Instructions[0].Text != "用量 1錠"+tc.quantity+"（1日量・1回量・全量の別は不明）" || len(doc.Warnings) == 0 {
			t.Errorf("%s: %+v, warnings %v", name, m, doc.Warnings)
		}
	}
}

func TestParse_joinsParts(t *testing.T) {
	head, id := "JAHISTC08,1\n", "911,20260310123456,3,"
	parts := []string{
		head + "1,水引 花子,2,19480229\n5,20260310,1\n" + id + "1\n",
		head + "201,1,薬,1,錠,1,,1\n" + id + "2\n",
		head + "301,1,毎食後,3,日分,1,1,,1\n" + id + "3\n",
	}
	want, err := jahis.Parse([]byte(head + "1,水引 花子,2,19480229\n5,20260310,1\n201,1,薬,1,錠,1,,1\n301,1,毎食後,3,日分,1,1,,1\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, given := range map[string][][]byte{
		"in order":     {[]byte(parts[0]), []byte(parts[1]), []byte(parts[2])},
		"out of order": {[]byte(parts[2]), []byte(parts[0]), []byte(parts[1])},
		"one file":     {[]byte(parts[1] + parts[0] + parts[2])},
		"one twice":    {[]byte(parts[1]), []byte(parts[0] + parts[1]), []byte(parts[2])},
	} {
		got, err := jahis.Parse(given...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -whole +joined\n%s", name, diff)
		}
	}
	got, err := jahis.Parse([]byte(parts[0]), []byte(parts[1]))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&jahis.Split{ID: "20260310123456", Parts: 3, Missing: []int{3}}, got.Notebook.Split); diff != "" {
		t.Errorf("one missing: -want +got\n%s", diff)
	}
	for name, given := range map[string][]string{
		"another text":    {parts[0], strings.ReplaceAll(parts[1], "20260310123456", "20260310123457")},
		"another count":   {parts[0], strings.ReplaceAll(parts[1], ",3,2", ",4,2")},
		"another version": {parts[0], strings.ReplaceAll(parts[1], "TC08", "TC07")},
		"whole and part":  {parts[0], head + "4,a\n"},
		"other content":   {parts[1], strings.ReplaceAll(parts[1], "薬", "毒")},
	} {
		if _, err := jahis.Parse([]byte(given[0]), []byte(given[1])); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: error = %v, want invalid", name, err)
		}
	}
}

func TestDocuments_amounts(t *testing.T) {
	drug := func(form, quantity string) clinical.Medication {
		t.Helper()
		text, err := jahis.Parse([]byte(rx + "101,1," + form + ",," + quantity + "\n111,1,1,,用法,\n201,1,1,1,1,,薬,6,1,錠\n"))
		if err != nil {
			t.Fatal(err)
		}
		docs := text.Documents()
		return docs[len(docs)-1].Medications[0]
	}
	if m := drug("1", "14"); m.DailyDose != "6" || m.Days != 14 || m.Dose != "" || m.Total != "" {
		t.Errorf("oral: %+v", m)
	}
	if m := drug("2", "5"); m.Dose != "6" || m.Times != 5 || !m.AsNeeded || m.DailyDose != "" {
		t.Errorf("as needed: %+v", m)
	}
	if m := drug("3", "1"); m.Total != "6" || m.TotalUnit.Text != "錠" || m.Dose != "" {
		t.Errorf("external: %+v", m)
	}
	if m := drug("3", "2"); m.Total != "" || m.Dose != "" || m.Instructions[0].Text != "用量 6錠 × 調剤数量 2" {
		t.Errorf("external twice: %+v", m)
	}
}

func TestDocuments_dates(t *testing.T) {
	for _, c := range []struct{ written, want string }{
		{"19480229", "1948-02-29"}, {"S230229", "1948-02-29"}, {"s230229", "1948-02-29"}, {"3230229", "1948-02-29"},
		{"H010108", "1989-01-08"}, {"5010501", "2019-05-01"}, {"1948", ""}, {"194802", ""}, {"33506", ""}, {"20260230", ""}, {"", ""}, {"9230229", ""},
	} {
		text, err := jahis.Parse([]byte("JAHISTC08,1\n1,水引 花子,2," + c.written + "\n"))
		if err != nil {
			t.Fatal(err)
		}
		doc := text.Documents()[0]
		if got := doc.Demographics.BirthDate; got != c.want || (c.want == "") != (len(doc.Warnings) == 1) {
			t.Errorf("%q: %q, warnings %v, want %q", c.written, got, doc.Warnings, c.want)
		}
	}
}

// A list is a statement that there is no allergy only if nothing else is said.
func TestDocuments_allergies(t *testing.T) {
	for _, c := range []struct {
		name, records string
		want          *clinical.AllergyList
	}{
		{"nothing said", "", nil},
		{"denied", "2,1,特になし\n", &clinical.AllergyList{None: true}},
		{"side effects denied only", "2,2,なし\n", nil},
		{"denied beside one", "2,1,アレルギーなし\n2,2,薬疹\n", &clinical.AllergyList{Entries: []clinical.Allergy{
			{Type: clinical.Coded{Text: "副作用歴"}, Allergen: clinical.Coded{Text: "薬疹"}}}}},
		{"one", "2,1,卵\n", &clinical.AllergyList{Entries: []clinical.Allergy{
			{Type: clinical.Coded{Text: "アレルギー歴"}, Allergen: clinical.Coded{Text: "卵"}}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := jahis.Parse([]byte(begin + c.records))
			if err != nil {
				t.Fatal(err)
			}
			var got *clinical.AllergyList
			for _, d := range text.Documents() {
				if d.Allergies != nil {
					got = d.Allergies
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// Nothing of a person gets into technical logs, however a text is logged.
func TestLogValue(t *testing.T) {
	for _, name := range []string{"notebook.txt", "prescription.txt"} {
		text, err := jahis.Parse(read(t, name))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		logger := slog.New(slog.NewJSONHandler(&out, nil))
		logger.Info("text", "text", text)
		if n := text.Notebook; n != nil {
			logger.Info("notebook", "notebook", *n, "patient", *n.Patient)
		}
		if p := text.Prescription; p != nil {
			logger.Info("prescription", "prescription", *p, "patient", *p.Patient)
		}
		for _, leak := range []string{"水引", "錠", "谷川", "医師", "0000012345"} {
			if strings.Contains(out.String(), leak) {
				t.Errorf("%s: the log holds %q", name, leak)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"notebook.txt", "prescription.txt"} {
		body := read(f, name)
		f.Add(body)
		sjis, err := japanese.ShiftJIS.NewEncoder().Bytes(body)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(sjis)
	}
	f.Add([]byte(begin + "911,77,3,2\n" + "JAHISTC08,1\n4,a\n911,77,3,1\n"))
	f.Add([]byte("JAHISTC08,1\n1,\xC3\xB1,1,19480229\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		text, err := jahis.Parse(body)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("error %v is of kind %v", err, fault.KindOf(err))
			}
			return
		}
		if bytes.HasPrefix(body, []byte("JAHIS")) && !jahis.Recognised(body) {
			t.Fatal("read, but not recognised")
		}
		text.Documents()
		again, err := jahis.Parse([]byte("\uFEFF" + text.Text()))
		if err != nil {
			t.Fatalf("what was printed is refused: %v\n%q", err, text.Text())
		}
		if !sameText(text, again) {
			t.Fatalf("-first +second\n%s", cmp.Diff(text, again))
		}
	})
}
