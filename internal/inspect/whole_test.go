package inspect

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
)

// beside are parts of documents that are printed elsewhere, or for which another stands.
var beside = []string{
	"Document.Kind", "Document.PatientID", "Document.DataType", "Document.Date", "Document.OrderNo", "Document.Timestamp", "Document.Department", "Document.MessageType", "Document.Warnings", // of the line
	"Document.Remarks",                                                       // as warnings
	"Document.Requester",                                                     // of the line
	"Document.Performer", "Document.Facility", "Document.RequestingFacility", // of the visit, for symbols
	"Document.Text", // see textOf
	".ValueType",    // only how the value was written
	".Coded",        // printed where there is no value
	".Strain",       // the same as the number of the row
	"Document.Allergies.None",
	"Document.Medications.OtherCodes", // as codes
}

// Whatever a document says is printed: what is added to a document and forgotten here
// fails.
func TestEntriesOf_whole(t *testing.T) {
	var doc clinical.Document
	var said []string
	fill(reflect.ValueOf(&doc).Elem(), "Document", &said)
	printed, err := json.Marshal(entriesOf(doc))
	if err != nil {
		t.Fatal(err)
	}
	if len(said) < 200 {
		t.Fatalf("only %d parts of a document", len(said))
	}
	for _, path := range said {
		if !strings.Contains(string(printed), "["+path+"]") {
			t.Errorf("%s is not printed", path)
		}
	}
}

// fill says something in every part of a document, its own path, and lists the paths.
func fill(v reflect.Value, path string, said *[]string) {
	if slices.ContainsFunc(beside, func(b string) bool { return path == b || b[0] == '.' && strings.HasSuffix(path, b) }) {
		return
	}
	switch at := v.Addr().Interface().(type) {
	case *clinical.Coded:
		at.Text = "[" + path + "]"
		*said = append(*said, path)
		return
	case *clinical.Staff:
		at.Name = "[" + path + "]"
		*said = append(*said, path)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), path+"."+v.Type().Field(i).Name, said)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), path, said)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), path, said)
	case reflect.String:
		v.SetString("[" + path + "]")
		*said = append(*said, path)
	}
}
