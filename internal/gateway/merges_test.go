package gateway_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/ledger"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func mergeMessage(id, surviving, prior string) string {
	return `MSH|^~\&|EHR|H|GW|M|20261125120000||ADT^A40^ADT_A39|` + id + "|P|2.5||||||~ISO IR87\rEVN||20261125120000\r" +
		"PID|||" + surviving + "^^^^PI\rMRG|" + prior + "^^^^PI\r"
}

const prior, surviving = "0000012345", "0000012346"

// forget removes the index's database as somebody does who was told that it is a copy.
func forget(t *testing.T, cfg gateway.Config) {
	t.Helper()
	for _, ext := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(cfg.Database + ext); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
}

// walked starts a gateway and gives it once it knows both patients.
func walked(t *testing.T, cfg gateway.Config) *gateway.Running {
	t.Helper()
	r, err := gateway.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Stop() })
	eventually(t, func() bool {
		st, err := r.Status(t.Context())
		return err == nil && st.Walked && st.Patients == 2
	})
	return r
}

// known asks the index of a stopped gateway whether somebody may be linked by a number.
func known(t *testing.T, cfg gateway.Config, id ident.LocalPatientID) bool {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{Engine: db.SQLite, Path: cfg.Database})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	x, err := index.Open(t.Context(), d, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	c := wire.Claim{PatientID: id, Name: "試験 花子", Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: "F"}
	v, err := x.Verify(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return v.Known
}

// A number that was merged away is refused also by an index that was made anew, until
// the merge is taken back; and that too outlives the index.
func TestMerge_outlivesTheIndex(t *testing.T) {
	cfg := receiving(t)
	r, err := gateway.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	st, err := r.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sendMessages(t, st.Received.Listeners[0].Address, patientMessage("1", prior), patientMessage("2", surviving), mergeMessage("3", surviving, prior))
	eventually(t, func() bool {
		list, err := gateway.ReadMerged(t.Context(), cfg, 10)
		st, serr := r.Status(t.Context())
		return err == nil && serr == nil && len(list) == 1 && st.Received.Backlog == 0 && st.Patients == 2
	})
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	if known(t, cfg, prior) || !known(t, cfg, surviving) {
		t.Fatal("the merge did not act in the first place")
	}

	forget(t, cfg)
	r = walked(t, cfg)
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	if known(t, cfg, prior) {
		t.Error("the index was made anew, and a number that was merged away can be linked again")
	}
	if !known(t, cfg, surviving) {
		t.Error("the surviving number is refused")
	}

	if err := gateway.Unmerge(t.Context(), cfg, prior, "command line of joho"); err != nil {
		t.Fatal(err)
	}
	if !known(t, cfg, prior) {
		t.Error("the merge was taken back, and the number is refused still")
	}
	if err := gateway.Unmerge(t.Context(), cfg, prior, "command line of joho"); !fault.Is(err, fault.NotFound) {
		t.Errorf("Unmerge of a number that is not merged = %v, want not found", err)
	}
	accounts, closer, err := gateway.OpenAccounts(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	log, err := accounts.Log(t.Context(), 10)
	if err != nil || len(log) != 1 || log[0].Action != "unmerge" || log[0].Address != "command line of joho" || log[0].Detail.Patient != prior {
		t.Errorf("log = %+v, %v, want who took the merge back", log, err)
	}
	if err := closer(); err != nil {
		t.Fatal(err)
	}

	forget(t, cfg)
	if err := walked(t, cfg).Stop(); err != nil {
		t.Fatal(err)
	}
	if !known(t, cfg, prior) {
		t.Error("the index was made anew, and a merge that had been taken back is in force again")
	}
}

// An index older than the ledger has its merges written into it, once.
func TestStart_writesMergesOfAnOlderIndexIntoTheLedger(t *testing.T) {
	cfg := receiving(t)
	r, err := gateway.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), db.Config{Engine: db.SQLite, Path: cfg.Database})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	x, err := index.Open(t.Context(), d, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Merge(t.Context(), prior, surviving); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r, err := gateway.Start(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ledger.Read(cfg.Received.Folder)
	want := []ledger.Event{{At: at, Op: ledger.Merge, Prior: prior, Surviving: surviving}}
	if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(0)); err != nil || diff != "" {
		t.Errorf("ledger: %v (-want +got):\n%s", err, diff)
	}
}

// A ledger that cannot be read keeps the gateway from starting: it would link numbers
// of which it no longer knows whose they are.
func TestStart_refusesADamagedLedger(t *testing.T) {
	cfg := receiving(t)
	if err := os.MkdirAll(cfg.Received.Folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cfg.Received.Folder, "merges.jsonl"), []byte("garbage\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := gateway.Start(t.Context(), cfg)
	if err == nil {
		r.Stop()
	}
	if err == nil || !strings.Contains(err.Error(), "merges.jsonl, line 1") {
		t.Errorf("Start = %v, want an error that names file and line", err)
	}
}
