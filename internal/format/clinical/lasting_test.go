package clinical

import "testing"

func TestDocumentLasting(t *testing.T) {
	med := func(m Medication) Document { return Document{Medications: []Medication{m}} }
	inj := func(i Injection) Document { return Document{Injections: []Injection{i}} }
	every := func(code string) []Coded { return []Coded{{Code: code, System: "JAMISDP01"}} }
	for name, tc := range map[string]struct {
		doc  Document
		date string
		want int
	}{
		"nothing that is taken":                 {Document{}, "20260101", 0},
		"no day":                                {med(Medication{Days: 90}), "", 0},
		"90 days":                               {med(Medication{Days: 90}), "20260101", 89},
		"from a later day":                      {med(Medication{Days: 90, Start: "20260108"}), "20260101", 96},
		"the longest of several":                {Document{Medications: []Medication{{Days: 7}, {Days: 28}}}, "20260101", 27},
		"to an end":                             {med(Medication{Days: 4, End: "20260128"}), "20260101", 27},
		"no end is said":                        {med(Medication{}), "20260101", 365},
		"as needed":                             {med(Medication{AsNeeded: true, Days: 5}), "20260101", 365},
		"every other day, no end":               {med(Medication{Days: 7, Usage: every("I1100000")}), "20260101", 365},
		"every other day, to an end":            {med(Medication{Days: 7, End: "20260114", Usage: every("I1100000")}), "20260101", 13},
		"to be dispensed twice more":            {med(Medication{Days: 30, Refills: "2"}), "20260101", 89},
		"discontinued":                          {med(Medication{Days: 90, OrderStatus: OrderDiscontinued, Stopped: "20260110"}), "20260101", 9},
		"no end is said, discontinued":          {med(Medication{OrderStatus: OrderDiscontinued, Stopped: "20260110"}), "20260101", 9},
		"discontinued, nobody says when":        {med(Medication{Days: 90, OrderStatus: OrderDiscontinued}), "20260101", 89},
		"cancelled":                             {med(Medication{Days: 90, OrderStatus: OrderCancelled}), "20260101", 0},
		"not handed out":                        {med(Medication{Days: 90, Status: "NA"}), "20260101", 0},
		"an injection once":                     {inj(Injection{Start: "20260101"}), "20260101", 0},
		"an injection to an end":                {inj(Injection{Start: "20260101", End: "20270301"}), "20260101", 424},
		"an injection on days":                  {inj(Injection{Days: 5}), "20260101", 4},
		"an injection six times, not how":       {inj(Injection{Times: 6}), "20260101", 365},
		"an injection every week, discontinued": {inj(Injection{Usage: every("CW100000"), OrderStatus: OrderDiscontinued, Stopped: "20260201"}), "20260101", 31},
		"an injection given of a schedule":      {inj(Injection{Times: 6, Performed: true}), "20260101", 0},
	} {
		if got := tc.doc.Lasting(tc.date); got != tc.want {
			t.Errorf("%s: %d days, want %d", name, got, tc.want)
		}
	}
}
