package page

import (
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func TestNewPart_reportsAndExaminationsLeadToEachOther(t *testing.T) {
	exam := func(id, typ, order, accession string, done bool) ItemDocument {
		return ItemDocument{
			Item: wire.Item{ID: ident.ItemID(id), Kind: clinical.KindImaging, Date: "20260908"},
			Document: clinical.Document{Kind: clinical.KindImaging, DataType: typ, OrderNo: order, Examinations: []clinical.Examination{
				{Name: clinical.Coded{Text: "胸部CT"}, Performed: done, Accession: accession},
			}},
		}
	}
	report := func(key string, orders ...string) ItemDocument {
		return ItemDocument{
			Item: wire.Item{ID: "r", Kind: clinical.KindReport, Date: "20260909"},
			Document: clinical.Document{Kind: clinical.KindReport, OrderNo: key, Text: &clinical.Text{
				Title: "CT検査レポート", Orders: orders,
			}},
		}
	}
	for name, tc := range map[string]struct {
		docs []ItemDocument
		to   string // the examination that is linked; empty: none
	}{
		"by the order's number in the report":   {[]ItemDocument{exam("e", "OMG-11", "000000000123456", "", true), report("1", "123456")}, "e"},
		"by the key of its storage":             {[]ItemDocument{exam("e", "OMG-11", "000000000123456", "", true), report("000000000123456")}, "e"},
		"by the accession number":               {[]ItemDocument{exam("e", "OMG-11", "000000000123456", "A20260908001", true), report("1", "A20260908001")}, "e"},
		"to an order of which nothing was done": {[]ItemDocument{exam("o", "OMG-01", "000000000123456", "", false), report("123456")}, "o"},
		"to what was done, not to its order":    {[]ItemDocument{exam("o", "OMG-01", "000000000123456", "", false), exam("e", "OMG-11", "000000000123456", "", true), report("123456")}, "e"},
		"another order":                         {[]ItemDocument{exam("e", "OMG-11", "000000000123457", "", true), report("123456")}, ""},
		"of no order":                           {[]ItemDocument{exam("e", "OMG-11", clinical.NoOrder, "", true), report(clinical.NoOrder)}, ""},
		"a key that is counted":                 {[]ItemDocument{exam("e", "OMG-11", "000000000000012", "", true), report("12")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := NewPart(colours.Of(chuo), hanako.ID, Answer{Documents: tc.docs}, Japanese, fixtureNow)
			there, back := "", ""
			for _, r := range p.Exams {
				for _, l := range r.Links {
					if r.Report {
						there += l.Open
					} else {
						back += string(r.Item) + " " + l.Open
					}
				}
			}
			address := func(id string) string {
				return "/patients/" + string(hanako.ID) + "/items/" + string(chuo.ID) + "/" + id
			}
			wantThere, wantBack := "", ""
			if tc.to != "" {
				wantThere, wantBack = address(tc.to), tc.to+" "+address("r")
			}
			if there != wantThere || back != wantBack {
				t.Errorf("there %q, back %q", there, back)
			}
		})
	}
}
