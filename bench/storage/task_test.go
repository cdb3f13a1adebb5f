package storage

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"mizuhiki.dev/mizuhiki/internal/gateway/index"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

var tasks = map[string]func(root string) (outcome, error){
	"bare walk":    func(root string) (outcome, error) { return bare(root, workers) },
	"bare patient": func(root string) (outcome, error) { return bare(root, 1) },
	"walk":         walk,
	"refresh":      refresh,
	"content":      content,
}

// bare reads every file below a root and throws it away: the ceiling. Each worker has
// one patient at a time, as a walk has.
func bare(root string, workers int) (outcome, error) {
	begun, used := time.Now(), spent()
	patients, err := filepath.Glob(filepath.Join(root, "???", "???", "*"))
	if err != nil {
		return outcome{}, err
	}
	var files atomic.Int64
	var g errgroup.Group
	g.SetLimit(workers)
	for _, p := range patients {
		g.Go(func() error {
			return filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				files.Add(1)
				_, err = os.ReadFile(path)
				return err
			})
		})
	}
	err = g.Wait()
	return outcome{Took: time.Since(begun), CPU: spent() - used, Files: int(files.Load())}, err
}

// gateway is an index in which every patient of a storage is linked and nothing read.
type gateway struct {
	db     *db.DB
	index  *index.Index
	source *source.Source
	dir    string
}

func open(root string) (_ *gateway, err error) {
	ctx := context.Background()
	g := &gateway{}
	if g.dir, err = os.MkdirTemp("", "mizuhiki-bench"); err != nil {
		return nil, err
	}
	if g.db, err = db.Open(ctx, db.Config{Engine: db.SQLite, Path: filepath.Join(g.dir, "index.db")}); err != nil {
		return nil, err
	}
	if _, _, err = migrate.Up(ctx, g.db, migrate.Gateway); err != nil {
		return nil, err
	}
	if g.index, err = index.Open(ctx, g.db, time.Now); err != nil {
		return nil, err
	}
	patients, err := filepath.Glob(filepath.Join(root, "???", "???", "*"))
	if err != nil {
		return nil, err
	}
	for _, p := range patients {
		id := ident.LocalPatientID(filepath.Base(p))
		if err := g.index.Put(ctx, index.Reading{ID: id, Demographics: &who}); err != nil {
			return nil, err
		}
		claim := wire.Claim{PatientID: id, Name: who.Name, Kana: who.Kana, BirthDate: who.BirthDate, Sex: who.Sex}
		if _, err := g.index.Link(ctx, claim); err != nil {
			return nil, err
		}
	}
	g.source, err = source.Open(ctx, source.Config{
		Roots: []string{root}, Workers: workers, Poll: 2 * time.Second, Budget: 20_000,
		Clock: time.Now, Log: slog.New(slog.DiscardHandler),
	}, g.index)
	return g, err
}

func (g *gateway) close() {
	g.source.Close()
	g.db.Close()
	os.RemoveAll(g.dir)
}

// measured opens a gateway and measures what is done with it. A patient's demographics
// are a file that was read as well.
func measured(root string, do func(*gateway) error) (outcome, error) {
	g, err := open(root)
	if err != nil {
		return outcome{}, err
	}
	defer g.close()
	begun, used := time.Now(), spent()
	if err := do(g); err != nil {
		return outcome{}, err
	}
	took, cpu := time.Since(begun), spent()-used
	ctx := context.Background()
	documents, err := g.index.DocumentCount(ctx)
	if err != nil {
		return outcome{}, err
	}
	patients, err := g.index.PatientCount(ctx)
	return outcome{Took: took, CPU: cpu, Files: documents + patients}, err
}

func walk(root string) (outcome, error) {
	return measured(root, func(g *gateway) error {
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan error)
		go func() { done <- g.source.Run(ctx) }()
		select {
		case <-g.source.Walked():
			stop()
			return <-done
		case err := <-done:
			stop()
			return err
		}
	})
}

func refresh(root string) (outcome, error) {
	return measured(root, func(g *gateway) error {
		return g.source.Refresh(context.Background(), patientID(0), func(wire.Progress) error { return nil })
	})
}

// content reads what a refresh has put into the index once more, for a disclosure.
func content(root string) (outcome, error) {
	g, err := open(root)
	if err != nil {
		return outcome{}, err
	}
	defer g.close()
	ctx := context.Background()
	if err := g.source.Refresh(ctx, patientID(0), func(wire.Progress) error { return nil }); err != nil {
		return outcome{}, err
	}
	begun, used := time.Now(), spent()
	all, err := g.index.Entries(ctx, g.index.Reader(), patientID(0))
	if err != nil {
		return outcome{}, err
	}
	contents := g.source.Contents()
	for _, e := range all {
		if _, err := contents.Read(ctx, e); err != nil {
			return outcome{}, err
		}
	}
	return outcome{Took: time.Since(begun), CPU: spent() - used, Files: len(all) + 1}, nil
}
