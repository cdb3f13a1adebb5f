package wire_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Who asks for three months is given what the patient takes in them, and where the patient is.
func TestContentRequestMeans(t *testing.T) {
	of := func(id, date string) wire.Dated { return wire.Dated{Item: wire.Item{ID: ident.ItemID(id), Date: date}} }
	drug := func(id, date string, lasting int, order string) wire.Dated {
		d := of(id, date)
		d.Lasting, d.OrderNo = lasting, order
		return d
	}
	stay := func(id, date, at string, event clinical.EncounterEvent) wire.Dated {
		d := of(id, date)
		d.Item.Time, d.Item.Event = at, event
		return d
	}
	for name, tc := range map[string]struct {
		all  []wire.Dated
		want []string
	}{
		"what is older is not": {[]wire.Dated{of("a", "20260831"), of("b", "20260901"), of("undated", "")}, []string{"b", "undated"}},
		"an order that reaches into it": {[]wire.Dated{
			drug("ended", "20260601", 89, "1"), drug("taken", "20260610", 89, "2"), drug("of years ago", "20200101", 3000, "3"),
		}, []string{"taken", "of years ago"}},
		"the order of what was handed out": {[]wire.Dated{
			drug("order", "20260801", 6, "1"), drug("another", "20260801", 6, "2"), drug("dispensed", "20260903", 6, "1"),
			drug("of none", "20260801", 6, clinical.NoOrder), drug("of none as well", "20260903", 6, clinical.NoOrder), drug("unnumbered", "20260801", 6, ""),
		}, []string{"order", "dispensed", "of none as well"}},
		"a stay that goes on": {[]wire.Dated{
			stay("before", "20260101", "", clinical.EventAdmission), stay("left", "20260105", "", clinical.EventDischarge),
			of("in between", "20260301"), stay("in", "20260801", "1000", clinical.EventAdmission), stay("moved", "20260805", "", clinical.EventTransfer),
			stay("planned", "20260806", "", clinical.EventPlanned),
		}, []string{"in", "moved"}},
		"a stay that ended on the day before": {[]wire.Dated{
			stay("in", "20260801", "", clinical.EventAdmission), stay("out", "20260831", "", clinical.EventDischarge),
		}, nil},
		"out in the morning, in again in the afternoon": {[]wire.Dated{
			stay("in", "20260801", "0900", clinical.EventAdmission), stay("again", "20260810", "1500", clinical.EventAdmission), stay("out", "20260810", "1000", clinical.EventDischarge),
		}, []string{"again"}},
		"out and in at times that nobody says": {[]wire.Dated{
			stay("again", "20260810", "", clinical.EventAdmission), stay("out", "20260810", "", clinical.EventDischarge),
		}, []string{"again", "out"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for i, means := range (wire.ContentRequest{Since: "20260901"}).Means(tc.all) {
				if means {
					got = append(got, string(tc.all[i].Item.ID))
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("meant (-want +got):\n%s", diff)
			}
		})
	}
}
