package gateway_test

import (
	"path/filepath"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/gateway"
	"mizuhiki.dev/mizuhiki/internal/gateway/console/health"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/filing"
)

// Vital signs are taken over MLLP and lie in a storage that is followed like the hospital's,
// and goes on being followed when nothing is received any more.
func TestReceived_vitals(t *testing.T) {
	cfg := receiving(t)
	r, err := gateway.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	st, err := r.Status(t.Context())
	if err != nil || st.Received == nil {
		t.Fatalf("status = %+v, %v", st, err)
	}
	const vitals = `MSH|^~\&|WARD|H|GW|M|20261125143100||ORU^R30^ORU_R30|2|P|2.5||||||UNICODE UTF-8` + "\rPID|||0000012345^^^^PI||試験^花子^^^^^L^I||19760101|F\r" +
		"ORC|SC|V1\rOBR|1|V1||V^バイタル^99V|||20261125143000\rOBX|1|NM|9P10000000000001^体温^JC10||36.5|cel||||F|||20261125143000\r"
	sendMessages(t, st.Received.Listeners[0].Address, patientMessage("1", "0000012345"), vitals)
	eventually(t, func() bool {
		st, err = r.Status(t.Context())
		return err == nil && st.Patients == 1 && st.Received.Backlog == 0
	})
	if st.Received.Kept != 0 {
		t.Errorf("%d messages are kept, want none", st.Received.Kept)
	}
	root := filing.ExtendedDir(cfg.Received.Folder)
	if list, err := filepath.Glob(filepath.Join(root, "000", "001", "0000012345", "20261125", "*", "*_1", "main_document.hl7")); err != nil || len(list) != 1 {
		t.Errorf("filed %v, %v", list, err)
	}
	followed := func() {
		t.Helper()
		s, err := r.Health(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, is := range s.Sources {
			if is.Place == root && is.Kind == health.Extended && is.State != health.Down && is.Facts[0].Key == "origin" {
				return
			}
		}
		t.Errorf("%s is not followed: %+v", root, s.Sources)
	}
	followed()
	if err := r.Stop(); err != nil {
		t.Fatal(err)
	}
	cfg.MLLP = nil
	if r, err = gateway.Start(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	defer r.Stop()
	followed()
}
