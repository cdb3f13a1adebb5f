package inspect_test

import (
	"path/filepath"
	"strings"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/format/ssmix2"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
)

// What inspect says of a storage is what a gateway makes of it: whom a file is held
// against, which of an entry's files holds, which characters refuse a file.
func TestRun_asAGatewayWould(t *testing.T) {
	const id = "0000012345"
	st := storagetest.New(t)
	st.Demographics(id, storagetest.Hanako, "20240601090000000")
	order := func(no, sent string) ssmix2.Name {
		return st.Prescription(id, storagetest.Hanako, "20240601", "00000000000000"+no, sent, "試験錠")
	}
	want := map[string]string{} // by name: state, and part of the error
	expect := func(n ssmix2.Name, flag ssmix2.Flag, state, problem string) {
		if flag != n.Flag {
			st.Rename(n, flag)
			n.Flag = flag
		}
		want[n.String()] = state + "|" + problem
	}
	expect(order("1", "20240601100000000"), ssmix2.Current, "current", "")
	expect(order("2", "20240601100000000"), ssmix2.Superseded, "superseded", "")
	expect(order("2", "20240601110000000"), ssmix2.Current, "current", "")
	expect(order("3", "20240601100000000"), ssmix2.Superseded, "no current", "")
	expect(order("4", "20240601100000000"), ssmix2.Current, "rival", "")
	expect(order("4", "20240601110000000"), ssmix2.Current, "current", "")
	expect(order("5", "20240601100000000"), ssmix2.Deleted, "deleted", "")

	taro := storagetest.Person{Family: "別人", Given: "太郎", FamilyKana: "ベツジン", GivenKana: "タロウ", BirthDate: "19500203", Sex: "M"}
	foreign := st.Prescription(id, taro, "20240601", "000000000000006", "20240601100000000", "試験錠")
	expect(foreign, ssmix2.Current, "current", ssmix2.ErrIdentity.Error())
	damaged, body := storagetest.Prescription(id, storagetest.Hanako, "20240601", "000000000000007", "20240601100000000", "試験錠")
	at := strings.Index(string(body), "\x1b$B")
	at = strings.Index(string(body[at+3:]), "\rRXE") + at + 3
	at += strings.Index(string(body[at:]), "\x1b$B") + 3
	body[at] = 0xFF // in the drug's name
	st.Write(damaged, body)
	expect(damaged, ssmix2.Current, "current", ssmix2.ErrEncoding.Error())

	lines, _, _ := run(t, st.Root)
	got := map[string]string{}
	for _, l := range lines {
		state, _ := l["state"].(string)
		problem, _ := l["error"].(string)
		if (problem == "") != l["valid"].(bool) {
			t.Errorf("%v", l)
		}
		got[filepath.Base(l["path"].(string))] = state + "|" + problem
	}
	for name, w := range want {
		g, ok := got[name]
		state, problem, _ := strings.Cut(w, "|")
		gotState, gotProblem, _ := strings.Cut(g, "|")
		if !ok || gotState != state || problem == "" && gotProblem != "" || !strings.Contains(gotProblem, problem) {
			t.Errorf("%s: %q, want %q", name, g, w)
		}
	}
}
