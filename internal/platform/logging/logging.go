// Package logging makes the program's technical log (log/slog) and names its
// attributes. The technical log is for operators and holds no identifier of a
// patient; who looked at what stands in the audit log, which is another thing.
package logging

import (
	"fmt"
	"io"
	"log/slog"
)

// Attribute names, so that one thing has one name in every line.
const (
	KeyError    = "error"
	KeyRef      = "ref"      // what a person who saw an error page can quote
	KeySurface  = "surface"  // portal, link, enroll, terminal
	KeyRoute    = "route"    // the pattern of the route, never the path
	KeyMethod   = "method"   // HTTP method
	KeyStatus   = "status"   // HTTP status
	KeyMillis   = "ms"       // how long it took
	KeyBytes    = "bytes"    // how much was answered
	KeyAddr     = "addr"     // address that is listened on or dialled
	KeyFacility = "facility" // facility id
	KeyGateway  = "gateway"  // gateway id
	KeyLane     = "lane"     // lane of a link
	KeyReplica  = "replica"  // replica id
)

// Format is how lines look.
type Format string

const (
	JSON Format = "json" // for collectors
	Text Format = "text" // for people
)

// Config says what is logged and how.
type Config struct {
	Format Format     `toml:"format"`
	Level  slog.Level `toml:"level"` // DEBUG INFO WARN ERROR
}

// DefaultConfig is JSON from INFO.
func DefaultConfig() Config { return Config{Format: JSON, Level: slog.LevelInfo} }

// Validate lists every problem, each naming its key.
func (c Config) Validate() []string {
	if c.Format != JSON && c.Format != Text {
		return []string{fmt.Sprintf("log.format: %q is neither %q nor %q", c.Format, JSON, Text)}
	}
	return nil
}

// New makes the logger.
func New(w io.Writer, c Config) *slog.Logger {
	opts := &slog.HandlerOptions{Level: c.Level}
	if c.Format == Text {
		return slog.New(slog.NewTextHandler(w, opts))
	}
	return slog.New(slog.NewJSONHandler(w, opts))
}
