package signin_test

import (
	"testing"

	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
)

func TestReq_CERT01_noteSystem(t *testing.T) {
	each(t, func(t *testing.T, w *ward) {
		for _, tc := range []struct{ says, want string }{{"Windows 11", "Windows 11"}, {"Linux", "Windows 11"}} {
			if err := w.NoteSystem(t.Context(), "pc1", tc.says); err != nil {
				t.Fatal(err)
			}
			if d, err := (devicedb.Store{}).Device(t.Context(), w.DB.Reader(), "pc1"); err != nil || d.OS != tc.want {
				t.Errorf("after %q the ledger says %q, %v, want %q", tc.says, d.OS, err, tc.want)
			}
		}
		if err := w.NoteSystem(t.Context(), "nobody", "Linux"); err != nil {
			t.Errorf("of a terminal that is gone: %v", err)
		}
	})
}
