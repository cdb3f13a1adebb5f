package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
)

// What the gateway itself wrote anew since the index looked is opened as it is now, and at
// once; in a hospital's storage it is another document, which was not decided on.
func TestContents_whatTheGatewayWroteAnew(t *testing.T) {
	for name, own := range map[string]bool{"its own": true, "the hospital's": false} {
		t.Run(name, func(t *testing.T) {
			a := beginAsked(t)
			a.volumes[1].own = own
			const stamp = "20240601120001000"
			was := filepath.Dir(a.letterAt)
			now := strings.Replace(was, "20240601120000000", stamp, 1)
			if err := os.Rename(was, now); err != nil {
				t.Fatal(err)
			}
			body := strings.Replace(string(storagetest.CDA(linkedID, storagetest.Hanako, "題", "軽快した。")), "軽快", "改善", 1)
			if err := os.WriteFile(filepath.Join(now, "doc.xml"), []byte(body), 0o644); err != nil {
				t.Fatal(err)
			}
			stop, stopped := make(chan struct{}), make(chan struct{})
			go func() { // it never rests, as where something comes every second
				defer close(stopped)
				for {
					at := time.Now()
					if err := os.Chtimes(filepath.Join(now, "doc.xml"), at, at); err != nil {
						t.Error(err)
					}
					select {
					case <-stop:
						return
					case <-time.After(50 * time.Millisecond):
					}
				}
			}()
			doc, err := a.Contents().Read(t.Context(), a.letter)
			close(stop)
			<-stopped
			switch {
			case !own:
				if !fault.Is(err, fault.NotFound) {
					t.Errorf("err = %v, want not found", err)
				}
			case err != nil:
				t.Error(err)
			case doc.Timestamp != stamp:
				t.Errorf("document of %s, want that of %s", doc.Timestamp, stamp)
			}
			// Taken back, it is gone for both.
			if err := os.Rename(now, strings.TrimSuffix(now, "1")+"0"); err != nil {
				t.Fatal(err)
			}
			if _, err := a.Contents().Read(t.Context(), a.letter); !fault.Is(err, fault.NotFound) {
				t.Errorf("taken back: err = %v, want not found", err)
			}
		})
	}
}
