package audit_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/audit"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

// The chain must give, at every size, the stored hashes and the root that tlog gives.
func TestChain_agreesWithTlog(t *testing.T) {
	var chain audit.Chain
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range at {
			out = append(out, stored[i])
		}
		return out, nil
	})
	for n := range int64(200) {
		want, err := tlog.TreeHash(n, reader)
		if err != nil {
			t.Fatal(err)
		}
		if got := chain.Root(); got != want {
			t.Fatalf("root at size %d = %v, want %v", n, got, want)
		}
		h := tlog.RecordHash([]byte{byte(n), 'x'})
		hashes, err := tlog.StoredHashesForRecordHash(n, h, reader)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(hashes, chain.Add(h)); diff != "" {
			t.Fatalf("stored hashes of leaf %d (-want +got):\n%s", n, diff)
		}
		stored = append(stored, hashes...)
	}
}

func TestRecord_roundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String()
		event := audit.Event{
			ID: ident.EventID(text.Draw(t, "id")), At: time.UnixMicro(rapid.Int64Range(1, 1<<52).Draw(t, "at")).UTC(),
			Action: "a" + audit.Action(text.Draw(t, "action")), Outcome: audit.Done,
			User: ident.UserID(text.Draw(t, "user")), UserName: text.Draw(t, "user_name"), Profession: access.Nurse,
			Facility: "f", Device: "d", Owner: "o", Person: "p", Decision: "x",
			Detail: map[string]any{"text": text.Draw(t, "detail"), "list": []any{"b", "a"}, "n": 1.5},
		}
		rec, err := audit.NewRecord("r1", 3, event)
		if err != nil {
			t.Fatal(err)
		}
		body, err := rec.Body()
		if err != nil {
			t.Fatal(err)
		}
		back, err := audit.ParseRecord(body)
		if err != nil {
			t.Fatal(err)
		}
		if field := back.Differs(rec); field != "" {
			t.Errorf("field %s did not come back from %s", field, body)
		}
		got, err := back.Event()
		if err != nil {
			t.Fatal(err)
		}
		event.ID = rec.ID // made where it was empty
		if diff := cmp.Diff(event, got); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
	})
}

func FuzzParseRecord(f *testing.F) {
	f.Add([]byte(`{"v":1,"replica":"r1","leaf":7,"id":"e1","at":1,"action":"sign_in","outcome":"done","user":"u1","user_name":"","profession":"","facility":"","union":"","device":"","owner":"","person":"","decision":"","detail":{"a":"<","b":1}}`))
	f.Add([]byte(`{"v":1,"detail":null}`))
	f.Add([]byte(`{}{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, err := audit.ParseRecord(data)
		if err != nil {
			return
		}
		body, err := rec.Body()
		if err != nil {
			t.Fatalf("what was parsed cannot be printed: %v", err)
		}
		back, err := audit.ParseRecord(body)
		if err != nil {
			t.Fatalf("what was printed cannot be parsed: %v", err)
		}
		again, err := back.Body()
		if err != nil || string(again) != string(body) {
			t.Errorf("printed again: %s, %v, want %s", again, err, body)
		}
	})
}
