package portal

import (
	"strings"
	"testing"
)

// Whoever may not view is not told that there is no record.
func TestPatientList_clerkIsNotToldOfRecords(t *testing.T) {
	d := newDesk(t)
	got := d.clerk().get("/patients")
	got.shows(t, name, "閲覧権限のある方のみ表示")
	if strings.Contains(got.body, "記録なし") {
		t.Error("the list says that there is no record")
	}
	if doctor := d.doctor().get("/patients"); strings.Contains(doctor.body, "閲覧権限のある方のみ表示") || !strings.Contains(doctor.body, "2026/11/02") {
		t.Error("a physician does not see the date of the latest record")
	}
}
