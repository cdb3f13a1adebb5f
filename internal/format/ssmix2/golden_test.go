package ssmix2

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/jis"
)

// message reads a message that stands in testdata as UTF-8 with a segment to a line,
// so that people can read it, and gives its bytes as a hospital writes them.
func message(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	body, lost := jis.Encode(strings.ReplaceAll(string(text), "\n", "\r"))
	if len(lost) > 0 {
		t.Fatalf("%s: %v", path, lost)
	}
	return body
}

// messages gives the messages in testdata by the name that each would have in a storage.
func messages(t testing.TB) []storageFile {
	t.Helper()
	paths, err := filepath.Glob("testdata/message/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no messages: %v", err)
	}
	var all []storageFile
	for _, path := range paths {
		name, err := ParseName(strings.TrimSuffix(filepath.Base(path), ".txt"))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, storageFile{path, name, message(t, path)})
	}
	return all
}

// compareGolden compares a document with what was once looked at and found right.
func compareGolden(t *testing.T, golden string, doc clinical.Document) {
	t.Helper()
	got, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
}

func TestMessages(t *testing.T) {
	for _, f := range messages(t) {
		t.Run(f.name.String(), func(t *testing.T) {
			doc, err := ReadDocument(f.name, f.body)
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, filepath.Join("testdata", "golden", f.name.String()+".json"), doc)
		})
	}
}

// TestEveryDataTypeHasAGolden: nothing that is read is read without having been looked at.
func TestEveryDataTypeHasAGolden(t *testing.T) {
	for dataType := range dataTypes {
		if found, err := filepath.Glob("testdata/golden/*_" + string(dataType) + "_*.json"); err != nil || len(found) == 0 {
			t.Errorf("no golden of %s (%v)", dataType, err)
		}
	}
}

// TestNameOfMessages: a message that comes over a wire gets the name that it has in a storage.
func TestNameOfMessages(t *testing.T) {
	files := append(messages(t), readStorage(t, "testdata/storage")...)
	for _, f := range files {
		t.Run(f.name.String(), func(t *testing.T) {
			msg, err := hl7v2.Parse(f.body)
			if err != nil {
				t.Fatal(err)
			}
			got, err := NameOf(msg, received)
			if err != nil {
				t.Fatal(err)
			}
			if got.Key != f.name.Key {
				t.Errorf("key = %+v, want %+v", got.Key, f.name.Key)
			}
			if f.name.Flag != Superseded && got.Flag != f.name.Flag && f.name.Timestamp != "20240601110000000" {
				t.Errorf("flag = %c, want %c", got.Flag, f.name.Flag)
			}
			if got.Flag == Current {
				if _, err := ReadMessage(got, msg); err != nil {
					t.Errorf("ReadMessage under the name: %v", err)
				}
			}
		})
	}
}

func TestReadVitals(t *testing.T) {
	body := message(t, "testdata/vitals.txt")
	doc, err := ReadVitals("0000012345", body)
	if err != nil {
		t.Fatal(err)
	}
	compareGolden(t, "testdata/golden/vitals.json", doc)

	swap := func(old, new string) []byte {
		text, _ := os.ReadFile("testdata/vitals.txt")
		if !strings.Contains(string(text), old) {
			t.Fatalf("no %q", old)
		}
		b, _ := jis.Encode(strings.ReplaceAll(strings.ReplaceAll(string(text), old, new), "\n", "\r"))
		return b
	}
	for name, tt := range map[string]struct {
		body []byte
		want string
	}{
		"another patient":  {swap("||0000012345^", "||0000012346^"), "segment 2 (PID), field 3: belongs to another patient"},
		"another message":  {swap("ORU^R30^ORU_R30", "RDE^O11^RDE_O11"), "segment 1 (MSH), field 9: message is no ORU, which the data type wants"},
		"cancelled":        {swap("ORC|SC", "ORC|CA"), "segment 4 (ORC), field 1: cancellation in a file that is flagged current"},
		"no test":          {swap("|9P300000000000001^脈拍^JC10|", "||"), "segment 8 (OBX), field 3: no test"},
		"cut":              {body[:len(body)-200], "segment 9 (OBX): the message was cut before field 11"},
		"no panel":         {swap("OBR|", "ZZZ|"), "segment 11 (NTE): no OBR segment: the message was cut"},
		"nothing measured": {nil, "empty message"},
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := ReadVitals("0000012345", tt.body)
			if err == nil || err.Error() != tt.want || !fault.Is(err, fault.Invalid) {
				t.Errorf("error = %v, want %q", err, tt.want)
			}
			if diff := cmp.Diff(clinical.Document{}, doc); diff != "" {
				t.Errorf("a refused message gave a document:\n%s", diff)
			}
		})
	}
}

func FuzzReadVitals(f *testing.F) {
	f.Add(message(f, "testdata/vitals.txt"))
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := ReadVitals("0000012345", body)
		switch {
		case err != nil && !fault.Is(err, fault.Invalid):
			t.Fatalf("kind %q of %v", fault.KindOf(err), err)
		case err == nil && (doc.Kind != clinical.KindVital || len(doc.LabResults) > 0):
			t.Fatalf("document of kind %q with laboratory results", doc.Kind)
		}
	})
}
