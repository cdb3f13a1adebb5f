package source

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// BenchmarkRound is what following costs while nothing happens: one round, of which
// there is one every two seconds. The numbers of the patients are as hospitals give
// them, one after the other, or spread over all folders, which is the worst case.
func BenchmarkRound(b *testing.B) {
	for _, bc := range []struct {
		name             string
		patients, linked int
		step             int
	}{
		{"300 patients, 40 linked", 300, 40, 7919},
		{"20000 patients, 400 linked", 20_000, 400, 1},
		{"20000 patients spread, 400 linked", 20_000, 400, 499_979},
	} {
		b.Run(bc.name, func(b *testing.B) {
			s := followed(b, bc.patients, bc.linked, bc.step)
			for b.Loop() {
				s.round(b.Context())
			}
			if due := s.takeDue(); len(due) > 0 {
				b.Errorf("%d patients are due though nothing happened", len(due))
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/2*100, "%core")
		})
	}
}

// BenchmarkWalk is the first walk of 20,000 patients on a warm disk.
func BenchmarkWalk(b *testing.B) {
	s := followed(b, 20_000, 0, 1)
	for b.Loop() {
		if err := s.walkOnce(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// followed is a storage that has been walked and has come to rest; a linked patient has
// 30 days of prescriptions and laboratory results.
func followed(b *testing.B, patients, linked, step int) *Source {
	b.Helper()
	st := storagetest.New(b)
	ids := make([]ident.LocalPatientID, patients)
	for i := range ids {
		ids[i] = ident.LocalPatientID(fmt.Sprintf("%010d", 1+i*step))
		st.Demographics(ids[i], storagetest.Hanako, "20240601090000000")
	}
	for _, id := range ids[:linked] {
		for day := range 30 {
			date := fmt.Sprintf("202406%02d", day+1)
			st.Prescription(id, storagetest.Hanako, date, "000000000000001", date+"103000000", "試験錠")
			st.Lab(id, storagetest.Hanako, date, "000000000000002", date+"123000000", "7.0", "N")
		}
	}
	x, err := index.Open(b.Context(), dbtest.SQLite(b, migrate.Gateway), time.Now)
	if err != nil {
		b.Fatal(err)
	}
	s, err := Open(b.Context(), Config{Roots: []string{st.Root}, Workers: 16, Poll: 2 * time.Second, Budget: 20_000, Clock: time.Now, Log: slog.New(slog.DiscardHandler)}, x)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	if err := s.walk(b.Context()); err != nil {
		b.Fatal(err)
	}
	h := storagetest.Hanako
	for _, id := range ids[:linked] {
		c := wire.Claim{PatientID: id, Kana: h.FamilyKana + h.GivenKana, BirthDate: "1976-01-01", Sex: h.Sex}
		if v, err := x.Link(context.Background(), c); err != nil || !v.Match {
			b.Fatalf("Link = %+v, %v", v, err)
		}
		s.Soon(id)
	}
	for s.State().Waiting > 0 {
		s.readAllDue(b.Context())
	}
	return s
}
