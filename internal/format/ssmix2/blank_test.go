package ssmix2

import "testing"

// What fills a field up is no part of its number or code, and a null is no time.
func TestFilledUp(t *testing.T) {
	doc := mustDocument(t, ImagingDone, "OMI^Z23^OMI_Z23", pidLine,
		`ORC|NW|000000000000801  |||""||||""||||||||01  ^内科^HL70069`,
		`OBR||000000000000801||X1^撮影^99XR|||20240601|""||||||||||||||""|||F `,
		"IPC|A1 ||1.2.3 ||CT^^DCM")
	e := doc.Examinations[0]
	if doc.Department != "01" || e.OrderNo != "000000000000801" || e.Status != "F" {
		t.Errorf("department %q, order %q, status %q", doc.Department, e.OrderNo, e.Status)
	}
	if e.Accession != "A1" || e.StudyUID != "1.2.3" {
		t.Errorf("accession %q, study %q", e.Accession, e.StudyUID)
	}
	wantWarnings(t, doc)
}
