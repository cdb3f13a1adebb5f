package serve_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/denylist"
	"mizuhiki.dev/mizuhiki/internal/gateway/enroll"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/release"
	"mizuhiki.dev/mizuhiki/internal/gateway/serve"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

const (
	hanako   = ident.LocalPatientID("0000012345")
	other    = ident.LocalPatientID("0000099999")
	hospital = ident.FacilityID("aaaaaaaaaaaaaaaaaaaaaaaaaa")
	clinic   = ident.FacilityID("bbbbbbbbbbbbbbbbbbbbbbbbbb")
	gateway  = ident.GatewayID("cccccccccccccccccccccccccc")
	cert     = "5e2f" // of the center, as the uplink saw it
)

var quiet = slog.New(slog.DiscardHandler)

// world is a gateway's answers over a storage with two patients, of whom hanako is linked.
type world struct {
	t        *testing.T
	storage  *storagetest.Storage
	db       *db.DB
	index    *index.Index
	release  *release.Store
	source   *source.Source
	root     ed25519.PublicKey
	signer   *wire.Signer
	config   serve.Config
	denylist *denylist.Store
	handler  http.Handler
	files    files
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, storage: storagetest.New(t), db: dbtest.SQLite(t, migrate.Gateway)}
	for _, id := range []ident.LocalPatientID{hanako, other} {
		w.storage.Demographics(id, storagetest.Hanako, "20240601090000000", "ペニシリン")
		w.storage.Prescription(id, storagetest.Hanako, "20240601", "000000000000777", "20240601103000000", "試験錠")
		w.storage.Lab(id, storagetest.Hanako, "20240601", "000000000000900", "20240601123000000", "7.0", "N")
	}
	var err error
	if w.index, err = index.Open(t.Context(), w.db, time.Now); err != nil {
		t.Fatal(err)
	}
	if w.release, err = release.Open(t.Context(), w.db, time.Now, release.Default()); err != nil {
		t.Fatal(err)
	}
	w.source, err = source.Open(t.Context(), source.Config{
		Roots: []string{w.storage.Root}, Workers: 2, Poll: time.Second, Budget: 1000, Clock: time.Now, Log: quiet,
	}, w.index)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.source.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		w.source.Close()
	})
	select {
	case <-w.source.Walked():
	case <-time.After(10 * time.Second):
		t.Fatal("not walked")
	}
	w.root, w.signer = newSigner(t)
	if w.denylist, err = denylist.Open(t.Context(), w.db, w.root, time.Now); err != nil {
		t.Fatal(err)
	}
	w.config = serve.Config{
		Gateway: gateway, Facility: hospital, Build: "test", Index: w.index, Source: w.source, Files: &w.files, Release: w.release, Identity: &enroll.Identity{},
		Verifier: wire.NewVerifier(w.root, gateway, hospital), Denylist: w.denylist, Clock: time.Now, Log: quiet, Beat: 20 * time.Millisecond,
	}
	w.handler = serve.New(w.config, wire.LaneCall)
	if v := ask[wire.Verification](w, wire.PathLink, claim(hanako)); !v.Match {
		t.Fatalf("link = %+v", v)
	}
	if last := w.refresh(hanako); !last.Done {
		t.Fatalf("refresh ends with %+v", last)
	}
	return w
}

// restart gives the answers of a gateway that was started anew on the same database.
func (w *world) restart() {
	w.t.Helper()
	w.config.Verifier = wire.NewVerifier(w.root, gateway, hospital)
	w.handler = serve.New(w.config, wire.LaneCall)
}

// deny sends a list of what was revoked, issued at an instant.
func (w *world) deny(issued time.Time, entries ...wire.Denied) {
	w.t.Helper()
	token, err := w.signer.SignDenylist(wire.Denylist{Seq: issued.Unix(), Issued: issued.Unix(), Entries: entries})
	if err != nil {
		w.t.Fatal(err)
	}
	ask[wire.DenylistTaken](w, wire.PathDenylist, wire.SignedDenylist{List: token})
}

func newSigner(t *testing.T) (ed25519.PublicKey, *wire.Signer) {
	t.Helper()
	rootPub, root, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	pub, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := wire.CertifyReplica(root, "r1", pub, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := wire.NewSigner(key, certificate)
	if err != nil {
		t.Fatal(err)
	}
	return rootPub, signer
}

func claim(id ident.LocalPatientID) wire.Claim {
	return wire.Claim{PatientID: id, Name: "試験 花子", Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female}
}

// post sends a body as the center does and gives status and answer.
func (w *world) post(path string, body []byte, header ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	ctx := serve.WithCenterCert(w.t.Context(), cert)
	req := httptest.NewRequestWithContext(ctx, http.MethodPost, path, bytes.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, req)
	return rec
}

// ask demands an answer.
func ask[Out any](w *world, path string, in any) (out Out) {
	w.t.Helper()
	rec := w.post(path, encode(w.t, in))
	if rec.Code != http.StatusOK {
		w.t.Fatalf("%s: status %d, %s", path, rec.Code, rec.Body)
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		w.t.Fatal(err)
	}
	return out
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func linesOf[T any](t *testing.T, body []byte) (out []T) {
	t.Helper()
	for s := bufio.NewScanner(bytes.NewReader(body)); s.Scan(); {
		var v T
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

func (w *world) refresh(id ident.LocalPatientID) wire.Progress {
	w.t.Helper()
	rec := w.post(wire.PathRefresh, encode(w.t, wire.PatientRef{PatientID: id}))
	lines := linesOf[wire.Progress](w.t, rec.Body.Bytes())
	if rec.Code != http.StatusOK || len(lines) == 0 {
		w.t.Fatalf("refresh: status %d, %s", rec.Code, rec.Body)
	}
	return lines[len(lines)-1]
}

// assertion is one with which everything is in place.
func assertion() wire.Assertion {
	return wire.Assertion{
		Gateway: gateway, Owner: hospital, Decision: "decision-1", PatientID: hanako,
		Viewer: access.Viewer{
			User: "u1", DisplayName: "医師 一郎", Facility: clinic, Profession: access.Physician,
			Roles: []access.Role{access.RoleViewer}, TwoFactor: true, DeviceLive: true,
		},
		Kinds:      []clinical.Kind{clinical.KindPrescription, clinical.KindLab, clinical.KindAllergy},
		ViewerLink: true, Consent: true, Purpose: access.PurposeCare, CertSHA256: cert, Path: wire.PathContent,
	}
}

// sign binds an assertion to a body, unless it says another, and signs it.
func (w *world) sign(a wire.Assertion, body []byte, at time.Time) string {
	w.t.Helper()
	if a.BodySHA256 == "" {
		sum := sha256.Sum256(body)
		a.BodySHA256 = hex.EncodeToString(sum[:])
	}
	token, err := w.signer.Sign(a, at)
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

func (w *world) content(a wire.Assertion, items ...ident.ItemID) *httptest.ResponseRecorder {
	w.t.Helper()
	return w.contentOf(a, wire.ContentRequest{Items: items})
}

func (w *world) contentOf(a wire.Assertion, req wire.ContentRequest) *httptest.ResponseRecorder {
	w.t.Helper()
	body := encode(w.t, req)
	return w.post(wire.PathContent, body, wire.AssertionHeader, w.sign(a, body, time.Now()))
}

// items gives the ids of a patient's documents by their data type.
func (w *world) items(id ident.LocalPatientID) map[string]ident.ItemID {
	w.t.Helper()
	entries, err := w.index.Entries(w.t.Context(), w.index.Reader(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]ident.ItemID{}
	for _, e := range entries {
		out[e.DataType] = e.ID
	}
	return out
}

// trail gives the rows, the oldest first.
func (w *world) trail() []index.TrailRow {
	w.t.Helper()
	rows, err := w.index.Trail(w.t.Context(), 100)
	if err != nil {
		w.t.Fatal(err)
	}
	for i, j := 0, len(rows)-1; i < j; i, j = i+1, j-1 {
		rows[i], rows[j] = rows[j], rows[i]
	}
	return rows
}

// narrow takes one cell out of the release matrix, or delays it.
func (w *world) narrow(k clinical.Kind, a access.Audience, c access.Cell) {
	w.t.Helper()
	st, err := w.release.State(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	st.Matrix.Set(k, a, c)
	if _, err := w.release.Propose(w.t.Context(), wire.Proposal{BaseVersion: st.Version, Matrix: st.Matrix, By: "test"}); err != nil {
		w.t.Fatal(err)
	}
}
