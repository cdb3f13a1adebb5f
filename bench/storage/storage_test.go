// Package storage measures following a hospital's storage as ratios to a ceiling: reading
// the same files with the same number of workers and throwing them away. Every walk is a
// process of its own, so that its memory can be told, and both take turns.
//
// MIZUHIKI_BENCH_FILES is the size of the storage (20,000 unless set; a hospital's is
// 500,000), MIZUHIKI_BENCH_ROUNDS how many turns there are (5), MIZUHIKI_BENCH_DIR where
// the storage is made, to be used again.
package storage

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/storagetest"
	"mizuhiki.dev/mizuhiki/internal/ident"
)

const (
	perPatient = 2000 // files; the last patient may have fewer
	perDay     = 3
	workers    = 16
)

// envTask makes the test binary a process that does one task and tells the outcome.
const envTask = "MIZUHIKI_BENCH_TASK"

func TestMain(m *testing.M) {
	if task := os.Getenv(envTask); task != "" {
		out, err := tasks[task](os.Args[len(os.Args)-1])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		out.PeakKiB, err = peak()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		json.NewEncoder(os.Stdout).Encode(out)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// outcome is what a process tells.
type outcome struct {
	Took    time.Duration
	CPU     time.Duration // of all threads, with what the system did for them
	Files   int           // that were read
	PeakKiB int           // resident memory at its peak
}

// peak reads the peak of the process's own resident memory, VmHWM of proc(5).
func peak() (int, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmHWM:" {
			return strconv.Atoi(f[1])
		}
	}
	return 0, fmt.Errorf("no VmHWM in /proc/self/status")
}

func setting(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return otherwise
}

func run(b *testing.B, task, root string) outcome {
	b.Helper()
	cmd := exec.Command(os.Args[0], root)
	cmd.Env = append(os.Environ(), envTask+"="+task)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%s: %v", task, err)
	}
	var o outcome
	if err := json.Unmarshal(out, &o); err != nil {
		b.Fatalf("%s: %v in %q", task, err, out)
	}
	return o
}

// compare runs a task and its ceiling in turns and reports medians.
func compare(b *testing.B, root, task, ceiling string, documents int, before func()) {
	b.Helper()
	var ours, bare []outcome
	for range setting("MIZUHIKI_BENCH_ROUNDS", 5) {
		for _, turn := range []struct {
			task string
			to   *[]outcome
		}{{ceiling, &bare}, {task, &ours}} {
			before()
			o := run(b, turn.task, root)
			if o.Files < documents {
				b.Fatalf("%s read %d files of %d", turn.task, o.Files, documents)
			}
			*turn.to = append(*turn.to, o)
		}
	}
	mine, other := median(ours), median(bare)
	b.ReportMetric(0, "ns/op") // of both together it says nothing
	b.ReportMetric(float64(other.Took)/float64(mine.Took), "of-ceiling")
	b.ReportMetric(float64(other.CPU)/float64(mine.CPU), "of-ceiling-cpu") // says more where others use the machine
	b.ReportMetric(float64(documents)/mine.Took.Seconds(), "files/s")
	b.ReportMetric(float64(documents)/other.Took.Seconds(), "bare-files/s")
	b.ReportMetric(float64(mine.PeakKiB)/1024, "MiB-peak")
	b.ReportMetric(float64(mine.PeakKiB)*1024/(64<<20+80*float64(documents)), "of-allowed-memory")
}

// median gives the median times and the greatest memory.
func median(list []outcome) outcome {
	m := slices.MaxFunc(list, func(x, y outcome) int { return x.PeakKiB - y.PeakKiB })
	slices.SortFunc(list, func(x, y outcome) int { return int(x.Took - y.Took) })
	m.Took = list[len(list)/2].Took
	slices.SortFunc(list, func(x, y outcome) int { return int(x.CPU - y.CPU) })
	m.CPU = list[len(list)/2].CPU
	return m
}

// spent gives the processor time that the process has used.
func spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkWalk(b *testing.B) {
	files := setting("MIZUHIKI_BENCH_FILES", 20_000)
	root := storageOf(b, files)
	b.Run("warm", func(b *testing.B) {
		run(b, "bare walk", root)
		compare(b, root, "walk", "bare walk", files, func() {})
	})
	b.Run("cold", func(b *testing.B) {
		if err := dropCaches(); err != nil {
			b.Skipf("SKIPPED: only the superuser can drop the system's caches: %v", err)
		}
		compare(b, root, "walk", "bare walk", files, func() {
			if err := dropCaches(); err != nil {
				b.Fatal(err)
			}
		})
	})
}

// BenchmarkPatient is one patient of 2,000 files whom somebody waits for: the index
// brought up to date from nothing, and the content of the whole record.
func BenchmarkPatient(b *testing.B) {
	root := storageOf(b, perPatient)
	for _, task := range []string{"refresh", "content"} {
		b.Run(task, func(b *testing.B) {
			run(b, "bare patient", root)
			compare(b, root, task, "bare patient", perPatient, func() {})
		})
	}
}

func dropCaches() error {
	if out, err := exec.Command("sync").CombinedOutput(); err != nil {
		return fmt.Errorf("sync: %w: %s", err, out)
	}
	return os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0o200)
}

// storageOf makes a storage of so many files: for each patient one of demographics, and
// days of a reception, a prescription and a laboratory result.
func storageOf(b *testing.B, files int) string {
	b.Helper()
	st := storagetest.New(b)
	if dir := os.Getenv("MIZUHIKI_BENCH_DIR"); dir != "" {
		st.Root = filepath.Join(dir, strconv.Itoa(files))
	}
	if _, err := os.Stat(filepath.Join(st.Root, "complete")); err == nil {
		return st.Root
	}
	for n := 0; n < files; n++ {
		id := patientID(n / perPatient)
		i := n % perPatient
		if i == 0 {
			st.Demographics(id, storagetest.Hanako, "20150101090000000")
			continue
		}
		date := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i/perDay*5).Format("20060102")
		switch order := fmt.Sprintf("%015d", i); i % perDay {
		case 0:
			st.Reception(id, storagetest.Hanako, date, date+"090000000")
		case 1:
			st.Prescription(id, storagetest.Hanako, date, order, date+"103000000", "試験錠１０ｍｇ")
		case 2:
			st.Lab(id, storagetest.Hanako, date, order, date+"123000000", "7.0", "N")
		}
	}
	if err := os.WriteFile(filepath.Join(st.Root, "complete"), nil, 0o644); err != nil {
		b.Fatal(err)
	}
	return st.Root
}

func patientID(n int) ident.LocalPatientID {
	return ident.LocalPatientID(fmt.Sprintf("%010d", n*7919))
}

// who is the record and the claim of every patient.
var who = clinical.Demographics{
	Name: "試験 花子", Kana: "シケン ハナコ", BirthDate: "1976-01-01", Sex: clinical.Female,
}
