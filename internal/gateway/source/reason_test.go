package source

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
	"mizuhiki.dev/mizuhiki/internal/format/jahis"
	"mizuhiki.dev/mizuhiki/internal/format/prose"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
)

// What the parsers of a storage can tell of a file has a reason of its own, and with it words
// and a remedy. An error that comes new to one of them fails here until it has.
func TestReasons_ofEveryParser(t *testing.T) {
	known := map[string]error{
		"ssmix2.ErrWrongPatient": ssmix2.ErrWrongPatient, "ssmix2.ErrIdentity": ssmix2.ErrIdentity, "ssmix2.ErrUnnamed": ssmix2.ErrUnnamed,
		"ssmix2.ErrUnknownType": ssmix2.ErrUnknownType, "ssmix2.ErrCut": ssmix2.ErrCut, "ssmix2.ErrCancelled": ssmix2.ErrCancelled, "ssmix2.ErrEncoding": ssmix2.ErrEncoding,
		"hl7v2.ErrCut": hl7v2.ErrCut, "hl7v2.ErrEmpty": hl7v2.ErrEmpty, "hl7v2.ErrNoHeader": hl7v2.ErrNoHeader,
		"extended.ErrEmpty": extended.ErrEmpty, "extended.ErrTooMany": extended.ErrTooMany,
		"prose.ErrTooLarge": prose.ErrTooLarge, "prose.ErrCut": prose.ErrCut, "prose.ErrEncoding": prose.ErrEncoding,
		"jahis.ErrCut": jahis.ErrCut,
	}
	// XML of another kind is shown as it is; heads of images and waveforms that cannot be
	// read are a remark.
	never := map[string]bool{"cda.ErrOther": true, "stream.ErrBudget": true, "stream.ErrCorrupt": true}
	const none = index.Reason("none")
	for _, name := range declared(t) {
		err, ok := known[name]
		if !ok {
			if !never[name] {
				t.Errorf("%s is not known here: under which reason is it listed?", name)
			}
			continue
		}
		got := reasonOf(fmt.Errorf("segment 3 (PID): %w", err), none)
		if got == none || got.Text("ja") == string(got) || got.Text("en") == string(got) {
			t.Errorf("%s is listed as %q", name, got)
		}
	}
}

// declared gives the errors that the formats declare.
func declared(t *testing.T) (out []string) {
	t.Helper()
	files, err := filepath.Glob("../../format/*/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files of formats, %v", len(files), err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok || decl.Tok != token.VAR {
				continue
			}
			for _, s := range decl.Specs {
				for _, name := range s.(*ast.ValueSpec).Names {
					if strings.HasPrefix(name.Name, "Err") {
						out = append(out, file.Name.Name+"."+name.Name)
					}
				}
			}
		}
	}
	return out
}

// A disk that fails is neither a file of wrong content nor one that may not be read.
func TestReasonOf_theSystem(t *testing.T) {
	for err, want := range map[error]index.Reason{
		&fs.PathError{Op: "read", Path: "a", Err: syscall.EIO}:    index.ReasonDevice,
		&fs.PathError{Op: "open", Path: "a", Err: syscall.ESTALE}: index.ReasonDevice,
		&fs.PathError{Op: "open", Path: "a", Err: syscall.EACCES}: index.ReasonForbidden,
		errNotRegular: index.ReasonNotRegular,
	} {
		for _, otherwise := range []index.Reason{index.ReasonContent, index.ReasonForbidden} {
			if got := reasonOf(err, otherwise); got != want {
				t.Errorf("%v is listed as %q, want %q", err, got, want)
			}
		}
	}
}
