// Package table turns what the benchmarks of this repository print into one table: what
// was measured, the ratio to a peer or ceiling measured in the same run, the ratio to
// reach, and the rates of both. It ends with status 1 if a benchmark failed. It is the
// end of `make bench`.
//
//	go test -run '^$' -bench . ./bench/... | go run ./bench/table
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"text/tabwriter"
)

// row is one line of the table: the benchmark it stands for and what people call it.
type row struct {
	benchmark, what, goal string
}

// rows stand in the order of the table. A benchmark that is not among them is shown
// behind them under its own name.
var rows = []row{
	{"format.Decode/lab", "ISO-2022-JP to text, lab result of 1.8 KB, to golang.org/x/text", ""},
	{"format.Parse/lab", "bytes to segments and fields, to decoding and scanning alone", ""},
	{"format.ReadDocument/lab", "bytes to clinical values, to decoding and scanning alone", "0.27"},
	{"format.ReadDocument/mixed", "the same, documents of all kinds", ""},
	{"hapi.ReadDocument/model", "bytes to clinical values, to HAPI with its model", "10"},
	{"hapi.ReadDocument/generic", "the same, to HAPI's generic parser", "10"},
	{"mllp.OneInFlight", "MLLP, 8 connections, one in flight, to a bare receiver", "0.6"},
	{"mllp.ManyInFlight", "MLLP, 8 connections, 64 in flight", "0.5"},
	{"mllp.ManyInFlightWhileFiling", "the same while earlier messages are filed", ""},
	{"storage.Walk/warm", "storage walked, read, indexed, to a bare read walk, warm", "0.6"},
	{"storage.Walk/cold", "the same, cold", "0.6"},
	{"storage.Patient/refresh", "one patient's 2,000 files indexed, to bare reads", "0.6"},
	{"storage.Patient/content", "one patient's 2,000 files read for a disclosure", "0.6"},
}

func main() {
	failed, err := run(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "table:", err)
	}
	if failed || err != nil {
		os.Exit(1)
	}
}

// figures are the values of one benchmark by unit.
type figures map[string]string

var (
	packageLine   = regexp.MustCompile(`^pkg: .*/bench/(\S+)$`)
	benchmarkLine = regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)
)

// run reads the output of go test and writes the table. Lines that say that something
// was skipped or failed are passed on.
func run(in io.Reader, out io.Writer) (failed bool, err error) {
	found := make(map[string]figures)
	var order []string
	pkg := ""
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		line := lines.Text()
		if m := packageLine.FindStringSubmatch(line); m != nil {
			pkg = m[1]
		}
		if strings.HasPrefix(line, "FAIL") || strings.Contains(line, "--- FAIL") {
			failed = true
		}
		m := benchmarkLine.FindStringSubmatch(line)
		if m == nil {
			if told(line) {
				fmt.Fprintln(out, line)
			}
			continue
		}
		f := make(figures)
		for fields := strings.Fields(m[2]); len(fields) > 1; fields = fields[2:] {
			f[fields[1]] = fields[0]
		}
		name := pkg + "." + m[1]
		if found[name] == nil {
			order = append(order, name)
		}
		found[name] = f
	}
	if err := lines.Err(); err != nil {
		return failed, err
	}
	return failed, write(out, found, order)
}

// told reports whether a line has to be seen though it is no figure.
func told(line string) bool {
	for _, dull := range []string{"goos:", "goarch:", "pkg:", "cpu:", "PASS", "ok ", "ok\t", "?"} {
		if strings.HasPrefix(line, dull) {
			return false
		}
	}
	return strings.TrimSpace(line) != ""
}

func write(out io.Writer, found map[string]figures, order []string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what\tratio\tby processor time\tgoal\tours/s\ttheirs/s\tpeak MiB")
	line := func(what, goal string, f figures) {
		fmt.Fprintln(w, strings.Join([]string{
			what, f.of("×x/text", "×ceiling", "×HAPI", "×bare", "of-ceiling"),
			f.of("×x/text-cpu", "×ceiling-cpu", "of-ceiling-cpu"), goal,
			f.of("files/s", "ours/s"), f.of("theirs/s", "bare/s", "bare-files/s"), f.of("MiB-peak"),
		}, "\t"))
	}
	for _, r := range rows {
		if f, ok := found[r.benchmark]; ok {
			line(r.what, r.goal, f)
			delete(found, r.benchmark)
		}
	}
	for _, name := range order {
		if f, ok := found[name]; ok {
			line(name, "", f)
		}
	}
	return w.Flush()
}

// of gives the value of the first unit that there is.
func (f figures) of(units ...string) string {
	for _, u := range units {
		if v, ok := f[u]; ok {
			return v
		}
	}
	return "-"
}
