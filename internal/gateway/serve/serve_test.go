package serve_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/release"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAnswers(t *testing.T) {
	w := newWorld(t)
	wantHello := wire.Hello{MinVersion: 1, MaxVersion: wire.Version, Gateway: gateway, Facility: hospital, Lane: wire.LaneCall, Build: "test"}
	if diff := cmp.Diff(wantHello, ask[wire.Hello](w, wire.PathHello, struct{}{})); diff != "" {
		t.Errorf("hello (-want +got):\n%s", diff)
	}
	wrong := claim(hanako)
	wrong.BirthDate = "1976-01-02"
	want := wire.Verification{Known: true, Differs: []wire.Field{wire.FieldBirthDate}}
	for _, path := range []string{wire.PathVerify, wire.PathLink} {
		if diff := cmp.Diff(want, ask[wire.Verification](w, path, wrong)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	anybody := claim("")
	wantCandidates := wire.Candidates{PatientIDs: []ident.LocalPatientID{hanako, other}}
	if diff := cmp.Diff(wantCandidates, ask[wire.Candidates](w, wire.PathCandidates, anybody)); diff != "" {
		t.Errorf("candidates (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wire.ReleaseState{Version: 1, Matrix: release.Default()}, ask[wire.ReleaseState](w, wire.PathRelease, struct{}{})); diff != "" {
		t.Errorf("release (-want +got):\n%s", diff)
	}
	m := release.Default()
	m.Set(clinical.KindLab, access.AudienceCare, access.Cell{Allowed: true})
	if got := ask[wire.ReleaseState](w, wire.PathPropose, wire.Proposal{BaseVersion: 1, Matrix: m, By: "test"}); got.Version != 1 || len(got.Pending) != 1 {
		t.Errorf("propose = %+v, want one pending", got)
	}
	gone := ask[wire.SyncResult](w, wire.PathSync, wire.LinkedSet{PatientIDs: []ident.LocalPatientID{other}})
	if diff := cmp.Diff(wire.SyncResult{Dropped: 1, Missing: []ident.LocalPatientID{other}}, gone); diff != "" {
		t.Errorf("sync (-want +got):\n%s", diff)
	}
}

func TestRefuses(t *testing.T) {
	w := newWorld(t)
	for name, tc := range map[string]struct {
		method, path, body string
		want               fault.Kind
	}{
		"an unknown path":                   {http.MethodPost, "/v1/dump", `{}`, fault.NotFound},
		"another method":                    {http.MethodGet, wire.PathHello, ``, fault.NotFound},
		"no body":                           {http.MethodPost, wire.PathVerify, ``, fault.Invalid},
		"half a body":                       {http.MethodPost, wire.PathVerify, `{"patient_id":`, fault.Invalid},
		"two bodies":                        {http.MethodPost, wire.PathVerify, `{}{}`, fault.Invalid},
		"a body of another form":            {http.MethodPost, wire.PathVerify, `[1]`, fault.Invalid},
		"a body without end":                {http.MethodPost, wire.PathVerify, `{"name":"` + strings.Repeat("x", 17<<20) + `"}`, fault.Invalid},
		"a linked set that is not there":    {http.MethodPost, wire.PathSync, `{}`, fault.Invalid},
		"candidates without a name":         {http.MethodPost, wire.PathCandidates, `{}`, fault.Invalid},
		"a refresh of who is not linked":    {http.MethodPost, wire.PathRefresh, `{"patient_id":"0000099999"}`, fault.NotFound},
		"a proposal on another version":     {http.MethodPost, wire.PathPropose, `{"base_version":9,"matrix":{}}`, fault.Conflict},
		"changes of a request without form": {http.MethodPost, wire.PathChanges, `"x"`, fault.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			w.handler.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), tc.method, tc.path, strings.NewReader(tc.body)))
			var got wire.Error
			if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
				t.Fatalf("answer %q: %v", rec.Body, err)
			}
			if rec.Code != tc.want.Status() || got.Kind != tc.want || got.Ref == "" {
				t.Errorf("status %d, %+v, want %s with a reference", rec.Code, got, tc.want)
			}
		})
	}
	if _, err := w.index.LinkedPatient(t.Context(), w.index.Reader(), hanako); err != nil {
		t.Errorf("a refused request dropped a patient: %v", err)
	}
}

func TestRefresh_endsWithWhereTheChangesAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, body := storagetest.Prescription(hanako, storagetest.Hanako, "20240701", "000000000000001", "20240701103000000", "試験錠")
	w.storage.Write(n, body[:len(body)-60])
	last := w.refresh(hanako)
	seq, err := w.index.Seq(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := wire.Progress{
		Read: last.Total, Total: last.Total, Unreadable: 1, Done: true, Seq: seq,
		UnreadableOf: []wire.KindCount{{Kind: clinical.KindPrescription, Files: 1}},
	}
	if diff := cmp.Diff(want, last); diff != "" || last.Total == 0 {
		t.Errorf("last line (-want +got):\n%s", diff)
	}
}

func TestRefresh_storageAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	away := w.storage.Root + "-away"
	if err := os.Rename(w.storage.Root, away); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(w.storage.Root, 0o755); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		rec := w.post(wire.PathRefresh, encode(t, wire.PatientRef{PatientID: hanako}))
		var got wire.Error
		if rec.Code == fault.Unavailable.Status() {
			if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || got.Key != "gateway.storage_away" {
				t.Errorf("answer %+v, %v", got, err)
			}
			return
		}
		if time.Now().After(end) {
			t.Fatalf("status %d, %s, want unavailable", rec.Code, rec.Body)
		}
	}
}

// follow reads the change stream over a connection until stop says so.
func (w *world) follow(from wire.ChangesRequest, stop func(wire.Change) bool) []wire.Change {
	w.t.Helper()
	server := httptest.NewServer(w.handler)
	defer server.Close()
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+wire.PathChanges, bytes.NewReader(encode(w.t, from)))
	if err != nil {
		w.t.Fatal(err)
	}
	res, err := server.Client().Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	var out []wire.Change
	for s := bufio.NewScanner(res.Body); s.Scan(); {
		var c wire.Change
		if err := json.Unmarshal(s.Bytes(), &c); err != nil {
			w.t.Fatal(err)
		}
		if out = append(out, c); stop(c) {
			return out
		}
	}
	w.t.Fatalf("the stream ended after %+v", out)
	return nil
}

func ops(changes []wire.Change) (out []wire.ChangeOp) {
	for _, c := range changes {
		out = append(out, c.Op)
	}
	return out
}

func TestChanges_tellThatTheStorageIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	behind := func(want bool) {
		t.Helper()
		w.follow(wire.ChangesRequest{Epoch: w.index.Epoch()}, func(c wire.Change) bool {
			if c.Op != wire.OpBeat && !c.Behind.IsZero() {
				t.Errorf("%+v is behind", c)
			}
			return c.Op == wire.OpBeat && !c.Behind.IsZero() == want
		})
	}
	behind(false)
	if err := os.Rename(w.storage.Root, w.storage.Root+"-away"); err != nil {
		t.Fatal(err)
	}
	behind(true)
	if err := os.Rename(w.storage.Root+"-away", w.storage.Root); err != nil {
		t.Fatal(err)
	}
	behind(false)
}

func TestChanges_replaysThenFollows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	beats := 0
	got := w.follow(wire.ChangesRequest{}, func(c wire.Change) bool {
		if c.Op != wire.OpBeat {
			return c.Op == wire.OpDelete
		}
		if beats++; beats == 1 { // all is told: now something happens
			w.storage.Rename(storagetest.Name(hanako, "20240601", "OMP-01", "000000000000777", "20240601103000000"), '0')
		}
		return false
	})
	var kinds []wire.ChangeOp
	for _, c := range got {
		if c.Op != wire.OpBeat {
			kinds = append(kinds, c.Op)
		}
		if c.Epoch != w.index.Epoch() {
			t.Errorf("change of epoch %q: %+v", c.Epoch, c)
		}
	}
	want := []wire.ChangeOp{wire.OpReset, wire.OpUpsert, wire.OpUpsert, wire.OpUpsert, wire.OpDelete}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}

	// Whoever comes back with the epoch hears only what is new, and that the stream lives.
	last := got[len(got)-1]
	again := w.follow(wire.ChangesRequest{Epoch: last.Epoch, After: last.Seq - 1}, func(c wire.Change) bool { return c.Op == wire.OpBeat })
	if diff := cmp.Diff([]wire.ChangeOp{wire.OpDelete, wire.OpBeat}, ops(again)); diff != "" {
		t.Errorf("taken up again (-want +got):\n%s", diff)
	}
	idle := w.follow(wire.ChangesRequest{Epoch: last.Epoch, After: last.Seq}, func(wire.Change) bool { beats++; return beats > 10 })
	for _, c := range idle {
		if c.Op != wire.OpBeat || c.Seq != last.Seq {
			t.Errorf("in an idle stream: %+v", c)
		}
	}
	// A center with the memory of another index begins anew.
	anew := w.follow(wire.ChangesRequest{Epoch: "of-another-index", After: 1 << 40}, func(c wire.Change) bool { return c.Op == wire.OpBeat })
	if anew[0].Op != wire.OpReset || len(anew) < 4 {
		t.Errorf("with another epoch: %v", ops(anew))
	}
}
