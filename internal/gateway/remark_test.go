package gateway_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/page"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// Every kind of remark, from a file on a disk to the page that hospital IT looks at.
func TestRemarks_fromTheDiskToThePage(t *testing.T) {
	t.Parallel()
	const id, unlinked = ident.LocalPatientID("0000012345"), ident.LocalPatientID("0000067890")
	who := storagetest.Hanako
	st, ext := storagetest.New(t), storagetest.New(t)
	want := map[string][]clinical.RemarkKind{} // by path
	number := 0
	// write writes a prescription of which name and body are changed.
	write := func(kind clinical.RemarkKind, rename func(*ssmix2.Name), changes ...string) {
		t.Helper()
		number++
		order := "00000000000000" + string(rune('a'+number))
		n, body := storagetest.Prescription(id, who, "20240601", order, "20240601103000000", "X")
		for i := 0; i < len(changes); i += 2 {
			if !bytes.Contains(body, []byte(changes[i])) {
				t.Fatalf("%s: no %q in the message", kind, changes[i])
			}
			body = bytes.Replace(body, []byte(changes[i]), []byte(changes[i+1]), 1)
		}
		rename(&n)
		st.Write(n, body)
		below, err := n.Path()
		if err != nil {
			t.Fatal(err)
		}
		if kind != "" {
			want[below] = append(want[below], kind)
		}
	}
	same := func(*ssmix2.Name) {}
	st.Demographics(unlinked, storagetest.Person{Family: "試験", Given: "月子", FamilyKana: "シケン", GivenKana: "ツキコ", BirthDate: "1976", Sex: clinical.Female}, "20240601090000000")
	want["000/006/0000067890/-/ADT-00/0000067890_-_ADT-00_999999999999999_20240601090000000_-_1"] = []clinical.RemarkKind{clinical.RemarkMissing}
	st.Demographics(id, who, "20240601090000000", "アレルギーなし", "卵")
	want["000/001/0000012345/-/ADT-00/0000012345_-_ADT-00_999999999999999_20240601090000000_-_1"] = []clinical.RemarkKind{clinical.RemarkContradicted}
	write("", same)
	write(clinical.RemarkCareDate, same, "|20240601101500", "|20240602101500")
	write(clinical.RemarkOrderNumber, func(n *ssmix2.Name) { n.OrderNo = "000000000000999" })
	write(clinical.RemarkDepartment, func(n *ssmix2.Name) { n.Department = "X9" })
	write(clinical.RemarkTimestamp, func(n *ssmix2.Name) { n.Timestamp = "20240601103000" })
	write(clinical.RemarkMessageType, same, "RDE^O11^RDE_O11", "OMP^O09^OMP_O09")
	write(clinical.RemarkCharacter, same, "^X^", "^\x1b$B-!\x1b(B^")
	write(clinical.RemarkCharset, same, "~ISO IR87", "")
	write(clinical.RemarkHole, same, "|19760101|F", "|19760101|F|||\x1b$B)!\x1b(B")
	write(clinical.RemarkHour, same, "|7^D|20240601", "|7^D|202406012530")
	write(clinical.RemarkLeftOut, same, "|7^D|20240601", "|7^D|soon")
	write(clinical.RemarkBrokenLine, same, "\rRXR", "\rNTE|1||first half\rsecond half\rRXR")
	write(clinical.RemarkPadding, same, "HL70162\r", "HL70162\r\x00\x00\x00")
	write(clinical.RemarkPerson, same, "|19760101|", "|19760102|")

	object := func(kind clinical.RemarkKind, key string, files map[string][]byte) {
		n := storagetest.ObjectName(id, "20240601", storagetest.DischargeSummary, key, "20240601120000000")
		ext.Object(n, files)
		below, err := n.Path()
		if err != nil {
			t.Fatal(err)
		}
		want[below] = []clinical.RemarkKind{kind}
	}
	object(clinical.RemarkAttachment, "1", map[string][]byte{"main.xml": bytes.Replace(storagetest.CDA(id, who, "要約", "本文"), []byte("</section>"),
		[]byte(`<entry><observationMedia><value mediaType="image/png"><reference value="a.png"/></value></observationMedia></entry></section>`), 1)})
	object(clinical.RemarkUnchecked, "2", map[string][]byte{"main.xml": storagetest.CDA(id, who, "要約", "本文"), "x.dcm": storagetest.DICOM("", "19760101")})

	x, s := walkOnce(t, []string{st.Root}, []string{ext.Root})
	claim := wire.Claim{PatientID: id, Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}
	if v, err := x.Link(t.Context(), claim); err != nil || !v.Match {
		t.Fatalf("Link = %+v, %v", v, err)
	}
	if err := s.Refresh(t.Context(), id, nil); err != nil {
		t.Fatal(err)
	}
	if bad, err := x.Unreadable(t.Context(), 10); err != nil || len(bad) > 0 {
		t.Fatalf("unreadable: %+v, %v", bad, err)
	}
	rows, total, err := x.AskRemarks(t.Context(), index.RemarkQuestion{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]clinical.RemarkKind{}
	for _, r := range rows {
		for _, m := range r.Remarks {
			got[r.Path] = append(got[r.Path], m.Kind)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || total != len(want) {
		t.Errorf("%d files with remarks (-want +got):\n%s", total, diff)
	}

	totals, err := x.RemarkTotals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var kinds []clinical.RemarkKind
	for _, k := range totals.Kinds {
		kinds = append(kinds, k.Kind)
	}
	if diff := cmp.Diff(clinical.RemarkKinds(), kinds); diff != "" || totals.Files != len(want) {
		t.Errorf("%d files, kinds on the disk (-want +got):\n%s", totals.Files, diff)
	}
	var out bytes.Buffer
	if err := page.Render(&out, page.Japanese, page.Remarks{Rows: rows, Total: total, Page: 1, Pages: 1, Kinds: totals.Kinds, Roots: []string{st.Root, ext.Root}}); err != nil {
		t.Fatal(err)
	}
	html := out.String()
	for _, r := range rows {
		if !strings.Contains(html, r.Path) && !strings.Contains(html, strings.ReplaceAll(r.Path, "+", "&#43;")) {
			t.Errorf("the page does not have %s", r.Path)
		}
		for _, m := range r.Remarks {
			if name := page.RemarkText(page.Japanese, m.Kind); name == string(m.Kind) || strings.Count(html, name) < 3 { // among the kinds, in the filter, at the file
				t.Errorf("the page does not say %s", m.Kind)
			}
			for _, value := range []string{"花子", "試験", "卵", "1976", "2530", "soon", "second half"} {
				if strings.Contains(m.Detail, value) {
					t.Errorf("%s: %q tells a value", m.Kind, m.Detail)
				}
			}
		}
	}
}

// walkOnce has an index of storages that have been walked.
func walkOnce(t *testing.T, roots, extended []string) (*index.Index, *source.Source) {
	t.Helper()
	x, err := index.Open(t.Context(), dbtest.SQLite(t, migrate.Gateway), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s, err := source.Open(t.Context(), source.Config{
		Roots: roots, ExtendedRoots: extended, Workers: 4, Poll: time.Hour, Budget: 10_000, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
	}, x)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	select {
	case <-s.Walked():
	case <-time.After(time.Minute):
		t.Fatal("the storage was not walked")
	}
	return x, s
}
