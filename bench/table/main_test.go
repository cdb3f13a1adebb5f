package main

import (
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	const good = "pkg: example.test/x/bench/format\ncpu: any\n" +
		"BenchmarkReadDocument/lab-2 \t 10\t 120000 files/s\t 540000 theirs/s\t 0.2247 ×ceiling\t 0.2172 ×ceiling-cpu\nPASS\n" +
		"pkg: example.test/x/bench/other\nBenchmarkNew 5 7 ours/s\n"
	for name, tt := range map[string]struct {
		in     string
		want   []string
		failed bool
	}{
		"known and unknown": {good, []string{"0.2247", "0.2172", "0.27", "120000", "540000", "other.New"}, false},
		"skipped aloud":     {"    hapi_test.go:80: java is not here\n", []string{"java is not here"}, false},
		"failed":            {"--- FAIL: BenchmarkWalk\nFAIL\n", []string{"--- FAIL: BenchmarkWalk"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			failed, err := run(strings.NewReader(tt.in), &out)
			if err != nil || failed != tt.failed {
				t.Errorf("failed %v, error %v, want %v and none", failed, err, tt.failed)
			}
			for _, w := range tt.want {
				if !strings.Contains(out.String(), w) {
					t.Errorf("table lacks %q:\n%s", w, out.String())
				}
			}
			if strings.Contains(out.String(), "cpu: any") {
				t.Error("table repeats the machine's line")
			}
		})
	}
}
