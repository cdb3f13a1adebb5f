package wire_test

import (
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// What a storage keeps without a care date holds until it is replaced, and a request for a
// period must not lose it.
func TestItemStanding(t *testing.T) {
	for _, typ := range []ssmix2.DataType{
		ssmix2.AttendingChange, ssmix2.OutpatientReception, ssmix2.PlannedAdmission, ssmix2.Admission, ssmix2.Leave, ssmix2.ReturnFromLeave,
		ssmix2.PlannedTransfer, ssmix2.Transfer, ssmix2.PlannedDischarge, ssmix2.Discharge, ssmix2.AllergyInformation, ssmix2.DiseaseList,
		ssmix2.DietOrder, ssmix2.PrescriptionOrder, ssmix2.PrescriptionDone, ssmix2.InjectionOrder, ssmix2.InjectionDone, ssmix2.LabOrder,
		ssmix2.LabResult, ssmix2.ImagingOrder, ssmix2.ImagingDone, ssmix2.EndoscopyOrder, ssmix2.EndoscopyDone, ssmix2.PhysiologyOrder, ssmix2.PhysiologyResult,
	} {
		it := wire.Item{Kind: typ.Kind(), DataType: string(typ), Date: "20010101"}
		if got := it.Standing(); got != typ.Undated() {
			t.Errorf("%s stands: %v, want %v", typ, got, typ.Undated())
		}
		if got := (wire.ContentRequest{Since: "20250101"}).Skips(it); got == typ.Undated() {
			t.Errorf("%s of 2001 is skipped: %v", typ, got)
		}
	}
	allergy := wire.Item{Kind: clinical.KindAllergy, DataType: "CDA", Date: "20010101"}
	if !allergy.Standing() {
		t.Error("an allergy of another storage does not stand")
	}
	note := wire.Item{ID: "a", Kind: clinical.KindPhysicianNote, Date: "20010101"}
	if (wire.ContentRequest{Items: []ident.ItemID{"a"}, Since: "20250101"}).Skips(note) || (wire.ContentRequest{}).Skips(note) {
		t.Error("what was asked for by its name, or without a period, is skipped")
	}
}
