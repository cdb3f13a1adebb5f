package page

import (
	"slices"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// What was dispensed for an order that was discontinued says so and its bar ends, where the
// order is there, of the same facility's patient and number; else nothing is said.
func TestPart_dispensedForADiscontinuedOrder(t *testing.T) {
	drug, other, generic := coded("HOT9", "103835401", "薬"), coded("HOT9", "104545101", "別の薬"), coded("HOT9", "109999901", "後発薬")
	stopped := func(rp string, drug clinical.Coded, at clinical.Time) clinical.Medication {
		return clinical.Medication{RP: rp, Drug: drug, Start: "20261103", Days: 14, OrderStatus: clinical.OrderDiscontinued, Stopped: at}
	}
	given := func(rp string, drug clinical.Coded, start clinical.Time) clinical.Medication {
		return clinical.Medication{RP: rp, Drug: drug, Start: start, Days: 14}
	}
	goesOn := func(rp string, drug clinical.Coded) clinical.Medication {
		return clinical.Medication{RP: rp, Drug: drug, Start: "20261103", Days: 14}
	}
	const patient, number = "0000012345", "000000000000801"
	document := func(typ, patient, number string, list ...clinical.Medication) ItemDocument {
		kind := clinical.KindPrescription
		if typ == prescriptionDone {
			kind = clinical.KindDispensing
		}
		d := clinical.Document{Kind: kind, DataType: typ, OrderNo: number, Medications: list}
		d.PatientID = ident.LocalPatientID(patient)
		return ItemDocument{Item: wire.Item{ID: itemID(1), Date: "20261103"}, Document: d}
	}
	day7 := []clinical.Medication{stopped("01", drug, "202611070930")}
	for name, tc := range map[string]struct {
		order ItemDocument
		given ItemDocument
		ended bool
		last  string
		says  string
	}{
		"discontinued":                 {document("OMP-01", patient, number, day7...), document("OMP-11", patient, number, given("01", drug, "20261103")), true, "2026-11-07", "処方は 2026/11/07 09:30 に中止"},
		"another drug was handed out":  {document("OMP-01", patient, number, day7...), document("OMP-11", patient, number, given("01", generic, "20261103")), true, "2026-11-07", "処方は 2026/11/07 09:30 に中止"},
		"RPs are not numbered":         {document("OMP-01", patient, number, stopped("", drug, "20261107")), document("OMP-11", patient, number, given("", drug, "20261103")), true, "2026-11-07", "処方は 2026/11/07 に中止"},
		"nobody says when":             {document("OMP-01", patient, number, stopped("01", drug, "")), document("OMP-11", patient, number, given("01", drug, "20261103")), true, "2026-11-16", "処方は中止(日付の記載なし)"},
		"handed out after that":        {document("OMP-01", patient, number, day7...), document("OMP-11", patient, number, given("01", drug, "20261110")), true, "2026-11-23", "処方は 2026/11/07 09:30 に中止"},
		"the other drug of its RP":     {document("OMP-01", patient, number, stopped("01", drug, "20261107"), goesOn("01", other)), document("OMP-11", patient, number, given("01", drug, "20261103")), true, "2026-11-07", "処方は 2026/11/07 に中止"},
		"drugs of its RP, not the one": {document("OMP-01", patient, number, stopped("01", drug, "20261107"), goesOn("01", other)), document("OMP-11", patient, number, given("01", other, "20261103")), false, "2026-11-16", ""},
		"its RP in part, another drug": {document("OMP-01", patient, number, stopped("01", drug, "20261107"), goesOn("01", other)), document("OMP-11", patient, number, given("01", generic, "20261103")), false, "2026-11-16", ""},
		"another RP":                   {document("OMP-01", patient, number, stopped("01", drug, "20261107"), goesOn("02", drug)), document("OMP-11", patient, number, given("02", drug, "20261103")), false, "2026-11-16", ""},
		"an RP that it lost":           {document("OMP-01", patient, number, day7...), document("OMP-11", patient, number, given("02", drug, "20261103")), false, "2026-11-16", ""},
		"at two times, the later":      {document("OMP-01", patient, number, stopped("01", drug, "20261107"), stopped("01", other, "20261109")), document("OMP-11", patient, number, given("01", generic, "20261103")), true, "2026-11-09", "処方は 2026/11/09 に中止"},
		"the order goes on":            {document("OMP-01", patient, number, goesOn("01", drug)), document("OMP-11", patient, number, given("01", drug, "20261103")), false, "2026-11-16", ""},
		"another order number":         {document("OMP-01", patient, number, day7...), document("OMP-11", patient, "000000000000802", given("01", drug, "20261103")), false, "2026-11-16", ""},
		"another patient number":       {document("OMP-01", patient, number, day7...), document("OMP-11", "0000099999", number, given("01", drug, "20261103")), false, "2026-11-16", ""},
		"no patient number":            {document("OMP-01", "", number, day7...), document("OMP-11", "", number, given("01", drug, "20261103")), false, "2026-11-16", ""},
		"of no order":                  {document("OMP-01", patient, clinical.NoOrder, day7...), document("OMP-11", patient, clinical.NoOrder, given("01", drug, "20261103")), false, "2026-11-16", ""},
		"a notebook":                   {document("OMP-01", patient, number, day7...), document("JAHIS", patient, number, given("01", drug, "20261103")), false, "2026-11-16", ""},
	} {
		t.Run(name, func(t *testing.T) {
			tc.given.Item.ID = itemID(2)
			p := NewPart(colours.Of(chuo), hanako.ID, Answer{Documents: []ItemDocument{tc.given, tc.order}}, Japanese, fixtureNow)
			row, bar := p.Medications[0], p.Courses[0]
			if (row.Order == clinical.OrderDiscontinued) != tc.ended || row.Last != tc.last || bar.End != tc.last {
				t.Errorf("row %q until %s, bar until %s, want ended %v until %s", row.Order, row.Last, bar.End, tc.ended, tc.last)
			}
			if tc.ended != strings.HasPrefix(bar.Dose, "中止") || tc.says != "" && !slices.Equal(row.Notes, []string{tc.says}) || tc.says == "" && len(row.Notes) > 0 {
				t.Errorf("bar says %q, row %q, want %q", bar.Dose, row.Notes, tc.says)
			}
			if got := tc.given.Document.Medications[0].OrderStatus; got != "" {
				t.Errorf("the document itself says %q", got)
			}
		})
	}
}
