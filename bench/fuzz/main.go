// Package fuzz runs every fuzz target of the repository for a given time, says how often
// each was executed, and keeps what it learned: inputs that broke something stand in
// the package's testdata/fuzz by the go command's own doing; of those that reached new
// code the smallest are put beside them. All of them run in every `go test`.
//
// It is `make fuzz`; see docs/fuzzing.md.
package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	// keptBytes bounds an input that is kept because it reached new code.
	keptBytes = 1 << 10
	// keptInputs bounds how many inputs a target has in the repository.
	keptInputs = 40
	// minimize bounds the executions that make one input smaller; the go command's
	// minute for each leaves short runs no time for anything else.
	minimize = "20x"
)

func main() {
	each := flag.Duration("time", time.Minute, "how long each target runs")
	workers := flag.Int("workers", 1, "how many processors a target uses")
	only := flag.String("only", ".", "regular expression of targets, as folder.FuzzX")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, ".", *each, *workers, *only); err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
}

// target is one fuzz function.
type target struct{ dir, name string }

func (t target) String() string { return t.dir + "." + t.name }

func run(ctx context.Context, out io.Writer, root string, each time.Duration, workers int, only string) error {
	chosen, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	targets, err := find(root)
	if err != nil {
		return err
	}
	targets = slices.DeleteFunc(targets, func(t target) bool { return !chosen.MatchString(t.String()) })
	if len(targets) == 0 {
		return errors.New("no such target")
	}
	cache, err := corpusCache(ctx, root)
	if err != nil {
		return err
	}
	var broken []string
	for _, t := range targets {
		began := time.Now()
		result, err := fuzz(ctx, root, t, each, workers)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		kept, keepErr := keep(root, cache, t, began)
		if keepErr != nil {
			return keepErr
		}
		fmt.Fprintf(out, "%-50s %9s  %12s executions  %5s new  %3d kept\n", t, time.Since(began).Round(time.Second), result.executions, result.fresh, kept)
		if err != nil {
			broken = append(broken, t.String())
			fmt.Fprintf(out, "%s\n%s\n", err, result.output)
		}
	}
	if len(broken) > 0 {
		return fmt.Errorf("broken: %s", strings.Join(broken, ", "))
	}
	return nil
}

// find lists the fuzz functions below root in the order of their names.
func find(root string) ([]target, error) {
	var out []target
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Fuzz") {
				out = append(out, target{filepath.ToSlash(dir), f.Name.Name})
			}
		}
		return nil
	})
	slices.SortFunc(out, func(a, b target) int { return cmp.Or(cmp.Compare(a.dir, b.dir), cmp.Compare(a.name, b.name)) })
	return out, err
}

// corpusCache gives the folder in which the go command keeps what reached new code.
func corpusCache(ctx context.Context, root string) (string, error) {
	show := exec.CommandContext(ctx, "go", "env", "GOCACHE")
	show.Dir = root
	cache, err := show.Output()
	if err != nil {
		return "", fmt.Errorf("go env: %w", err)
	}
	list := exec.CommandContext(ctx, "go", "list", "-m")
	list.Dir = root
	module, err := list.Output()
	if err != nil {
		return "", fmt.Errorf("go list: %w", err)
	}
	return filepath.Join(strings.TrimSpace(string(cache)), "fuzz", filepath.FromSlash(strings.TrimSpace(string(module)))), nil
}

type result struct{ executions, fresh, output string }

var progress = regexp.MustCompile(`execs: (\d+) .*new interesting: (\d+)`)

// fuzz runs one target and reads what the go command says of it.
func fuzz(ctx context.Context, root string, t target, each time.Duration, workers int) (result, error) {
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-fuzz", "^"+t.name+"$", "-fuzztime", each.String(),
		"-fuzzminimizetime", minimize, "-parallel", fmt.Sprint(workers), "./"+t.dir)
	cmd.Dir = root
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return result{}, err
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return result{}, err
	}
	r := result{executions: "0", fresh: "0"}
	var tail []string
	lines := bufio.NewScanner(pipe)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if m := progress.FindStringSubmatch(lines.Text()); m != nil {
			r.executions, r.fresh = m[1], m[2]
			continue
		}
		if tail = append(tail, lines.Text()); len(tail) > 60 {
			tail = tail[1:]
		}
	}
	_, _ = io.Copy(io.Discard, pipe) // a line that is too long must not hold the command
	r.output = strings.Join(tail, "\n")
	err = cmd.Wait()
	if err != nil && ranOut(r.output) {
		err = nil
	}
	return r, err
}

// ranOut reports a run that failed of nothing but the end of its time, as the go
// command's own do now and then: there is no input that broke the target.
func ranOut(output string) bool {
	return strings.Contains(output, "    context deadline exceeded") && !strings.Contains(output, "Failing input written") && !strings.Contains(output, "panic")
}

// keep copies the smallest inputs that a run found to the target's own, up to
// [keptInputs] of them.
func keep(root, cache string, t target, began time.Time) (int, error) {
	found := filepath.Join(cache, filepath.FromSlash(t.dir), t.name)
	own := filepath.Join(root, filepath.FromSlash(t.dir), "testdata", "fuzz", t.name)
	have, err := os.ReadDir(own)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	entries, err := os.ReadDir(found)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	var fresh []fs.FileInfo
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return 0, err
		}
		if info.Mode().IsRegular() && info.Size() <= keptBytes && !info.ModTime().Before(began) {
			fresh = append(fresh, info)
		}
	}
	slices.SortFunc(fresh, func(a, b fs.FileInfo) int { return cmp.Compare(a.Size(), b.Size()) })
	fresh = fresh[:min(len(fresh), max(0, keptInputs-len(have)))]
	if len(fresh) == 0 {
		return 0, nil
	}
	if err := os.MkdirAll(own, 0o755); err != nil {
		return 0, err
	}
	for _, info := range fresh {
		body, err := os.ReadFile(filepath.Join(found, info.Name()))
		if err != nil {
			return 0, err
		}
		if err := os.WriteFile(filepath.Join(own, info.Name()), body, 0o644); err != nil {
			return 0, err
		}
	}
	return len(fresh), nil
}
