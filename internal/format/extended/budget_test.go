package extended

import (
	"errors"
	"io"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/prose"
)

// A folder may have two thousand clinical documents: together they are bounded too.
func TestReq_FILE02_budgetOfOneFolder(t *testing.T) {
	const body = `<ClinicalDocument xmlns="urn:hl7-org:v3"/>`
	file := File{Name: "a.xml", Size: int64(len(body)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil }}
	r := reader{files: []looked{{File: file}}, parsed: maxParsed - len(body)}
	if _, err := r.parse(0); errors.Is(err, prose.ErrTooLarge) {
		t.Errorf("within the budget: %v", err)
	}
	if _, err := r.parse(0); !errors.Is(err, prose.ErrTooLarge) {
		t.Errorf("beyond it: %v, want too large", err)
	}
}
