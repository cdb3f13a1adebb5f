// Package gatewayconsole breaks a hospital's storage under its gateway: the console says
// so and what to do, monitoring sees it, and both recover by themselves. No page names a patient.
package gatewayconsole

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/e2e/world"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

const patience = 30 * time.Second

func TestGatewayConsole(t *testing.T) {
	w := world.Start(t)
	console := w.Consoles[0]
	it := w.SignInConsole(t, console)
	status, err := w.Region.GatewayStatus(t.Context(), ident.FacilityID(console.Facility))
	if err != nil {
		t.Fatal(err)
	}
	storage := status.Roots[0]
	says := func(path, text string) func() bool {
		return func() bool { return strings.Contains(it.Get(path).Body, text) }
	}

	t.Run("all is well", func(t *testing.T) {
		world.Eventually(t, patience, says("/", "センターとの接続"))
		a := it.Get("/")
		if a.Status != http.StatusOK || !strings.Contains(a.Body, storage) || !strings.Contains(a.Body, "接続中") || strings.Contains(a.Body, "標準化ストレージが応答しません") {
			t.Errorf("overview: status %d\n%s", a.Status, a.Body)
		}
		if m := it.Get("/metrics").Body; !strings.Contains(m, "mizuhiki_gateway_link_up 1\n") {
			t.Errorf("metrics:\n%s", m)
		}
	})
	t.Run("the storage goes", func(t *testing.T) {
		if err := os.Rename(storage, storage+".away"); err != nil {
			t.Fatal(err)
		}
		world.Eventually(t, patience, says("/", "標準化ストレージが応答しません: "+storage))
		world.Eventually(t, patience, says("/activity", "取得元が応答しなくなりました"))
		if a := it.Get("/"); !strings.Contains(a.Body, "異常があります") || !strings.Contains(a.Body, "マウント") {
			t.Errorf("the overview does not say what to do:\n%s", a.Body)
		}
		if m := it.Get("/metrics").Body; !strings.Contains(m, `mizuhiki_gateway_source_up{kind="storage",place="`+storage+`"} 0`) {
			t.Errorf("metrics:\n%s", m)
		}
	})
	t.Run("it comes back", func(t *testing.T) {
		if err := os.Rename(storage+".away", storage); err != nil {
			t.Fatal(err)
		}
		world.Eventually(t, patience, func() bool { return !says("/", "標準化ストレージが応答しません")() })
		world.Eventually(t, patience, says("/activity", "取得元が復旧しました"))
	})
	t.Run("a file that cannot be read is listed, mended, and leaves the list", func(t *testing.T) {
		person := w.PersonLinked(t, console.Facility, 1)
		var id string
		for _, l := range person.Links {
			if l.Facility == console.Facility {
				id = l.PatientID
			}
		}
		name := filepath.Join(storage, id[:3], id[3:6], id, "stray.txt")
		if err := os.WriteFile(name, []byte("no message"), 0o644); err != nil {
			t.Fatal(err)
		}
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(name, old, old); err != nil {
			t.Fatal(err)
		}
		world.Eventually(t, patience, says("/unreadable", "stray.txt"))
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		if a := it.Post("/reread/patient", url.Values{"patient": {id}}); a.Status != http.StatusSeeOther {
			t.Errorf("reread: status %d", a.Status)
		}
		world.Eventually(t, patience, func() bool { return !says("/unreadable", "stray.txt")() })
		if a := it.Get("/activity"); !strings.Contains(a.Body, "患者IDの再読み取り") || !strings.Contains(a.Body, id) {
			t.Error("rereading is not in the log")
		}
	})
	t.Run("a file that is odd is disclosed, listed with what to do, mended, and leaves the list", func(t *testing.T) {
		person := w.PersonLinked(t, console.Facility, 1)
		var id string
		for _, l := range person.Links {
			if l.Facility == console.Facility {
				id = l.PatientID
			}
		}
		orders, err := filepath.Glob(filepath.Join(storage, id[:3], id[3:6], id, "*", "O*", "*_1"))
		if err != nil || len(orders) == 0 {
			t.Fatalf("no order of the patient's: %v", err)
		}
		body, err := os.ReadFile(orders[0])
		if err != nil {
			t.Fatal(err)
		}
		fields := strings.Split(filepath.Base(orders[0]), "_")
		fields[3] = "000000000099999"
		odd := filepath.Join(filepath.Dir(orders[0]), strings.Join(fields, "_"))
		if err := os.WriteFile(odd, body, 0o644); err != nil {
			t.Fatal(err)
		}
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(odd, old, old); err != nil {
			t.Fatal(err)
		}
		world.Eventually(t, patience, says("/remarks", "_000000000099999_"))
		if a := it.Get("/remarks"); !strings.Contains(a.Body, "オーダ番号の不一致") || !strings.Contains(a.Body, "出力側の設定を確認してください") {
			t.Errorf("the page does not say what to do:\n%s", a.Body)
		}
		if m := it.Get("/metrics").Body; !strings.Contains(m, `mizuhiki_gateway_remarked_files{kind="order_number"} 1`) {
			t.Errorf("metrics:\n%s", m)
		}
		if err := os.Remove(odd); err != nil {
			t.Fatal(err)
		}
		world.Eventually(t, patience, func() bool { return !says("/remarks", "_000000000099999_")() })
	})
	t.Run("no page names a patient", func(t *testing.T) {
		for _, path := range []string{"/", "/live", "/unreadable", "/quarantine", "/remarks", "/suspended", "/activity", "/metrics", "/healthz", "/readyz"} {
			body := it.Get(path).Body
			for _, p := range w.Persons {
				for _, text := range []string{p.Name, p.Kana, p.BirthDate} {
					if strings.Contains(body, text) {
						t.Errorf("%s names a patient", path)
					}
				}
			}
		}
	})
	t.Run("a session of one console is none at another", func(t *testing.T) {
		if len(w.Consoles) < 2 {
			t.Skip("the region has one hospital")
		}
		other := w.SignInConsole(t, w.Consoles[1])
		if a := other.Get("/"); a.Status != http.StatusOK {
			t.Errorf("status %d", a.Status)
		}
		if a := it.Get("/"); a.Status != http.StatusOK {
			t.Errorf("signing in at another console ended this session: status %d", a.Status)
		}
	})
}
