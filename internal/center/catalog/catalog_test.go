package catalog_test

import (
	"testing"

	"mizuhiki.dev/mizuhiki/internal/center/catalog"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func TestShows(t *testing.T) {
	windows := []catalog.Window{{Kind: clinical.KindLab, Until: "20261118"}, {Kind: clinical.KindAllergy, Until: "20261125"}}
	for name, tc := range map[string]struct {
		it   wire.Item
		want bool
	}{
		"on the last day":      {wire.Item{Kind: clinical.KindLab, Date: "20261118"}, true},
		"a day too young":      {wire.Item{Kind: clinical.KindLab, Date: "20261119"}, false},
		"of the other window":  {wire.Item{Kind: clinical.KindAllergy, Date: "20261119"}, true},
		"a kind without one":   {wire.Item{Kind: clinical.KindCondition, Date: "19990101"}, false},
		"of no kind":           {wire.Item{Date: "19990101"}, false},
		"in the next century":  {wire.Item{Kind: clinical.KindLab, Date: "21260101"}, false},
		"in the last century":  {wire.Item{Kind: clinical.KindLab, Date: "19990101"}, true},
		"in the future by far": {wire.Item{Kind: clinical.KindAllergy, Date: "99991231"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := catalog.Shows(windows, tc.it); got != tc.want {
				t.Errorf("Shows(%+v) = %v, want %v", tc.it, got, tc.want)
			}
		})
	}
	if catalog.Shows(nil, wire.Item{Kind: clinical.KindLab, Date: "19990101"}) {
		t.Error("without a window something is shown")
	}
}

func TestCheck(t *testing.T) {
	good := wire.Item{ID: "i", PatientID: "p", Kind: clinical.KindLab, Date: "20240229"}
	if err := catalog.Check(good); err != nil {
		t.Errorf("Check of a good item = %v", err)
	}
	for name, change := range map[string]func(*wire.Item){
		"no id":           func(it *wire.Item) { it.ID = "" },
		"no patient":      func(it *wire.Item) { it.PatientID = "" },
		"unknown kind":    func(it *wire.Item) { it.Kind = "note" },
		"no date":         func(it *wire.Item) { it.Date = "" },
		"impossible date": func(it *wire.Item) { it.Date = "20230229" },
		"date with marks": func(it *wire.Item) { it.Date = "2024-02-29" },
	} {
		t.Run(name, func(t *testing.T) {
			it := good
			change(&it)
			if err := catalog.Check(it); !fault.Is(err, fault.Invalid) {
				t.Errorf("Check = %v, want invalid", err)
			}
		})
	}
}
