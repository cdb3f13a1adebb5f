//go:build !linux

package source

import "log/slog"

func (f *handle) fileSystem() (name string, kind Kind) { return "", Share } // polled

// watcher has no notifications here: everything is polled.
type watcher struct{}

func newWatcher(*slog.Logger, func(event) bool) *watcher { return &watcher{} }

func (*watcher) close() error                     { return nil }
func (*watcher) watch(string, watched) bool       { return false }
func (*watcher) counts() (folders int, used bool) { return 0, false }
