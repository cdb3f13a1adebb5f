package ssmix2

import (
	"errors"
	"strings"
	"testing"
)

// A cut character, or a run of them that is not closed, can move the fields behind it: an
// amount is then another's. Such a file is refused, never read as it looks.
func TestReadDocument_refusesWhatMayHaveMoved(t *testing.T) {
	name, err := ParseName("0000012345_20261120_OMP-01_000000000000077_20261120120000000_-_1")
	if err != nil {
		t.Fatal(err)
	}
	message := func(charset, rxe string) []byte {
		return []byte(`MSH|^~\&|EHR|H|GW|M|20261120120000||RDE^O11^RDE_O11|1|P|2.5||||||` + charset + "\rPID|||0000012345^^^^PI\rORC|NW|000000000000077|||||||20261120\r" + rxe + "\rRXR|PO\r")
	}
	if _, err := ReadDocument(name, message("UNICODE UTF-8", "RXE||100000001^試験錠^HOT9|1||TAB")); err != nil {
		t.Fatalf("a sound message: %v", err)
	}
	for what, body := range map[string][]byte{
		"a character cut in UTF-8":            message("UNICODE UTF-8", "RXE||^試験\xe9\x8c|1|2|TAB"),
		"a lead byte in UTF-8":                message("UNICODE UTF-8", "RXE||^\xe9|1|2|TAB"),
		"a character cut in undeclared UTF-8": message("", "RXE||^試験\xe9\x8c|1|2|TAB"),
		"a run that is not closed":            message("~ISO IR87", "RXE||^\x1b$B;n83|1|2|TAB"),
		"the same, of even length":            message("~ISO IR87", "RXE||^\x1b$B;n83>{|1|2|TAB"),
		"behind many harmless remarks":        message("~ISO IR87", "RXE||^"+strings.Repeat("\x1b$B-!\x1b(B", 300)+"\x1b$B;n83|1|2|TAB"),
	} {
		if doc, err := ReadDocument(name, body); !errors.Is(err, ErrEncoding) {
			t.Errorf("%s: %v, read as %+v", what, err, doc)
		}
	}
}

// A hole in PID is borne, since names are written with a hospital's own characters; in the
// kana name, by which the patient is verified, it is not.
func TestReadDocument_holesInPID(t *testing.T) {
	name, err := ParseName("0000012345_-_ADT-00_999999999999999_20261120120000000_-_1")
	if err != nil {
		t.Fatal(err)
	}
	const hole = "\x1b$B)!\x1b(B"
	message := func(name string) []byte {
		return []byte(`MSH|^~\&|EHR|H|GW|M|20261120120000||ADT^A08^ADT_A01|1|P|2.5||||||~ISO IR87` + "\rPID|||0000012345^^^^PI||" + name + "||19760101|F\r")
	}
	if _, err := ReadDocument(name, message("A"+hole+"^B^^^^^L^I~C^D^^^^^L^P")); err != nil {
		t.Errorf("in the name: %v", err)
	}
	if _, err := ReadDocument(name, message("A^B^^^^^L^I~C"+hole+"^D^^^^^L^P")); !errors.Is(err, ErrEncoding) {
		t.Errorf("in the kana name: %v", err)
	}
}
