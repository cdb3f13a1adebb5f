package index

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// filled gives a row of which no field is zero, different for every n.
func filled(t testing.TB, n int) row {
	t.Helper()
	r := row{seq: int64(n)}
	for _, v := range []reflect.Value{reflect.ValueOf(&r.Item).Elem(), reflect.ValueOf(&r.File).Elem()} {
		for i := range v.NumField() {
			switch f := v.Field(i); f.Kind() {
			case reflect.String:
				f.SetString(fmt.Sprint(v.Type().Field(i).Name, n))
			case reflect.Int, reflect.Int64:
				f.SetInt(int64(1000*n + i))
			case reflect.Bool:
				f.SetBool(true)
			default:
				t.Fatalf("field %s of %s has a kind that a coded record has not", v.Type().Field(i).Name, v.Type())
			}
		}
	}
	r.PatientID, r.Lasting = "0012", n
	r.Remarks, r.remarked = Remarks(fmt.Sprint("hour\tremark ", n, "\n")), int64(100*n)
	return r
}

var ofRows = cmp.AllowUnexported(row{})

// Whatever field an item gets, a record must keep it.
func TestRecord_keepsEveryField(t *testing.T) {
	for name, rows := range map[string][]row{
		"none":                   {},
		"full":                   {filled(t, 1)},
		"different":              {filled(t, 1), filled(t, 2), filled(t, 3)},
		"the same":               {filled(t, 1), filled(t, 1)},
		"emptied":                {filled(t, 2), {Entry: Entry{Item: wire.Item{PatientID: "0012"}}}, filled(t, 1)},
		"the same remarks again": {filled(t, 2), filled(t, 1), filled(t, 2), filled(t, 1)},
		"younger than the epoch, shorter path": {
			{Entry: Entry{Item: wire.Item{PatientID: "0012"}, File: File{Path: "a/bc", MTime: -3}}, seq: 9},
			{Entry: Entry{Item: wire.Item{PatientID: "0012"}, File: File{Path: "a/b", MTime: -1 << 60}}, seq: 1 << 60},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decodeRecord("0012", encodeRecord(rows))
			if diff := cmp.Diff(rows, got, ofRows); err != nil || diff != "" {
				t.Errorf("decoded, %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestRecord_damaged(t *testing.T) {
	good := encodeRecord([]row{filled(t, 1), filled(t, 2)})
	for n := range good {
		if _, err := decodeRecord("0012", good[:n]); !fault.Is(err, fault.Internal) {
			t.Errorf("cut after %d of %d bytes: %v, want an internal error", n, len(good), err)
		}
	}
	if _, err := decodeRecord("0012", append(good, 0)); !fault.Is(err, fault.Internal) {
		t.Errorf("a byte too many: %v, want an internal error", err)
	}
	if _, err := decodeRecord("0012", []byte{recordCode + 1}); !fault.Is(err, fault.Internal) {
		t.Errorf("another coding: %v, want an internal error", err)
	}
}

func FuzzRecord(f *testing.F) {
	f.Add(encodeRecord([]row{filled(f, 1), filled(f, 2), filled(f, 2)}))
	f.Add([]byte{recordCode, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01})
	f.Fuzz(func(t *testing.T, coded []byte) {
		rows, err := decodeRecord("0012", coded)
		if err != nil {
			return
		}
		again, err := decodeRecord("0012", encodeRecord(rows))
		if diff := cmp.Diff(rows, again, ofRows); err != nil || diff != "" {
			t.Errorf("decoded again, %v (-want +got):\n%s", err, diff)
		}
	})
}

// Documents that an older program read were not held against the patient, or nothing was
// remarked on them: they must not pass for read.
func TestDecodeRecord_ofAnOlderProgram(t *testing.T) {
	for code := byte(oldestRecordCode); code < recordCode; code++ {
		coded := encodeRecord([]row{{Entry: Entry{File: File{Root: "/r", Path: "a", Size: 1, MTime: 7}}, seq: 3}, {Entry: Entry{File: File{Root: "/r", Path: "b", Size: 2, MTime: 9}}, seq: 4}})
		coded[0] = code
		rows, err := decodeRecord("0012", coded)
		if err != nil || len(rows) != 2 {
			t.Fatalf("code %d: rows = %v, %v", code, rows, err)
		}
		for i, r := range rows {
			if r.MTime != unknownTime || r.seq != int64(3+i) || r.Path != string(rune('a'+i)) {
				t.Errorf("code %d: row %d = %+v", code, i, r)
			}
		}
	}
}

// How long drugs of an older record last is not known: a year, until they have been read.
func TestDecodeRecord_lastingUnknown(t *testing.T) {
	for kind, want := range map[clinical.Kind]int{clinical.KindPrescription: 365, clinical.KindDispensing: 365, clinical.KindInjection: 365, clinical.KindLab: 0} {
		coded := encodeRecord([]row{{Entry: Entry{Item: wire.Item{Kind: kind}, File: File{Path: "a"}}}})
		coded[0] = recordCode - 1
		if rows, err := decodeRecord("0012", coded); err != nil || len(rows) != 1 || rows[0].Lasting != want {
			t.Errorf("%s of an older program: %+v, %v, want that it lasts %d days", kind, rows, err, want)
		}
	}
}

// What a habit of a writer's costs: the same remarks on all that it writes take two bytes
// a document, whatever they say.
func TestRecord_aHabitIsWrittenOnce(t *testing.T) {
	const documents = 1000
	plain, remarked := make([]row, documents), make([]row, documents)
	for i := range plain {
		plain[i] = row{Entry: Entry{File: File{Root: "/r", Path: fmt.Sprintf("%06d", i)}}}
		remarked[i] = plain[i]
		remarked[i].Remarks, remarked[i].remarked = Remarks(fmt.Sprintf("care_date\tsegment 5 (ORC), field %d: care date differs from that of the folder\n", 9+i%2)), 1_764_000_000_000_000
	}
	// The set of differing fields takes a second byte where it holds this bit.
	if more := len(encodeRecord(remarked)) - len(encodeRecord(plain)); more > 3*documents+200 {
		t.Errorf("remarks on each of %d documents take %d bytes", documents, more)
	}
}
