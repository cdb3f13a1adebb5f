// Command mizuhiki is the whole program: center, gateway and what belongs to them,
// told apart by subcommand. Each subcommand only reads its flags and calls the package
// that does the work.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"mizuhiki.dev/mizuhiki/internal/fault"
)

func main() {
	os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// streams are the program's standard streams.
type streams struct {
	in       *os.File
	out, err io.Writer
}

// cli is the command line.
type cli struct {
	Demo    demoCommand    `cmd:"" help:"Start a whole synthetic region in one process: a center and its hospitals."`
	Center  centerCommand  `cmd:"" help:"Run a center."`
	Gateway gatewayCommand `cmd:"" help:"Run a hospital's gateway."`
	Init    initCommand    `cmd:"" help:"Make a new center: keys, configuration, database, first account and terminal."`
	Migrate migrateCommand `cmd:"" help:"Bring a database to this program's schema."`
	Enroll  enrollCommand  `cmd:"" help:"Enrol this machine with a one-time code."`
	Admin   adminCommand   `cmd:"" help:"Operate a center at its own machine."`
	CA      caCommand      `cmd:"" help:"The center's certification authority."`
	Release releaseCommand `cmd:"" help:"Look at and approve changes of a hospital's release matrix, at its gateway."`
	Status  statusCommand  `cmd:"" help:"Show what a gateway holds, and which files it cannot read and why."`
	Audit   auditCommand   `cmd:"" help:"Check the access log."`
	Inspect inspectCommand `cmd:"" help:"Print what this program reads from storages, folders and files, as JSON lines."`
	Synth   synthCommand   `cmd:"" help:"Write the storages of a synthetic region to disk."`
	Version versionCommand `cmd:"" help:"Print the program's version."`
}

// Exit codes.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

// run parses the command line, runs what it asks for until it ends or a signal comes,
// and gives the exit code.
func run(args []string, s streams) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("mizuhiki"),
		kong.Description("Regional health information exchange (地域医療連携)."),
		kong.Writers(s.out, s.err),
		kong.UsageOnError(),
		kong.Exit(func(code int) { exited = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s),
	)
	if err != nil {
		fmt.Fprintf(s.err, "mizuhiki: %v\n", err)
		return exitError
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // --help has been answered
		return exited
	}
	if err != nil {
		fmt.Fprintf(s.err, "mizuhiki: %v\n", err)
		return exitUsage
	}
	if err := command.Run(); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintf(s.err, "mizuhiki: %s\n", explain(err))
		return exitError
	}
	return exitOK
}

// explain says what went wrong to somebody at a terminal, who has no text catalogue:
// the chain of causes, and the message key with its parameters.
func explain(err error) string {
	text := err.Error()
	key, params, ok := fault.Message(err)
	if !ok {
		return text
	}
	var more []string
	if !strings.Contains(text, string(key)) {
		more = append(more, string(key))
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		more = append(more, fmt.Sprintf("%s=%v", name, params[name]))
	}
	if len(more) == 0 {
		return text
	}
	return text + " (" + strings.Join(more, " ") + ")"
}

type versionCommand struct{}

func (versionCommand) Run(s streams) error {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version + " " + info.GoVersion
	}
	_, err := fmt.Fprintln(s.out, "mizuhiki", version)
	return err
}

// clock is the one clock of the program: packages below take the time from whoever
// calls them.
func clock() time.Time { return time.Now().UTC() }
