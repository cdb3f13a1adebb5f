package filing

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/ident"
)

func TestMergeList(t *testing.T) {
	type pair struct{ prior, surviving ident.LocalPatientID }
	for name, tc := range map[string]struct {
		add  []pair // surviving empty: taken back
		want string
	}{
		"nothing":                         {nil, ""},
		"two":                             {[]pair{{"1", "2"}, {"3", "2"}}, "1>2 3>2"},
		"told twice":                      {[]pair{{"1", "2"}, {"1", "2"}}, "1>2"},
		"into another":                    {[]pair{{"1", "2"}, {"1", "3"}}, "1>3"},
		"the other way round":             {[]pair{{"1", "2"}, {"2", "1"}}, "2>1"},
		"a chain":                         {[]pair{{"1", "2"}, {"2", "3"}}, "1>2 2>3"},
		"taken back":                      {[]pair{{"1", "2"}, {"3", "4"}, {"1", ""}}, "3>4"},
		"taken back and merged anew":      {[]pair{{"1", "2"}, {"1", ""}, {"1", "2"}}, "1>2"},
		"taken back though never merged":  {[]pair{{"1", ""}}, ""},
		"taken back, the list not longer": {[]pair{{"1", "2"}, {"1", ""}, {"1", ""}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, m := range tc.add {
				if err := MergesIn(dir).Add(Merge{Prior: m.prior, Surviving: m.surviving, At: time.Unix(0, 0)}); err != nil {
					t.Fatal(err)
				}
			}
			now, err := MergesIn(dir).Current()
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range now {
				got = append(got, string(m.Prior+">"+m.Surviving))
			}
			if got := strings.Join(got, " "); got != tc.want {
				t.Errorf("holds %q, want %q", got, tc.want)
			}
		})
	}
}

func TestReq_REL01_mergeListCut(t *testing.T) {
	dir := t.TempDir()
	l := MergesIn(dir)
	for _, prior := range []ident.LocalPatientID{"1", "2"} {
		if err := l.Add(Merge{Prior: prior, Surviving: "9"}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, mergeListName)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first := strings.Index(string(whole), "\n") + 1
	for cut := first; cut < len(whole); cut++ {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if now, err := l.Current(); err != nil || len(now) != 1 {
			t.Fatalf("cut after %d bytes: %v, %v, want the first merge alone", cut, now, err)
		}
		if err := l.Add(Merge{Prior: "2", Surviving: "9"}); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != string(whole) {
			t.Fatalf("cut after %d bytes and told again: %q, %v", cut, got, err)
		}
	}
	if err := os.WriteFile(path, []byte("{}\n"+string(whole)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Current(); err == nil || !strings.Contains(err.Error(), "line 1 ") {
		t.Errorf("a line that says nothing: %v, want an error that names it", err)
	}
}
