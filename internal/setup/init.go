// Package setup is what an operator does before and beside a running center: the flow
// behind `mizuhiki init`, which makes keys, configuration, database and the first
// account (初期設定), and the commands of `mizuhiki admin`.
//
// Whatever is done here is written to the access log like everything else, under the
// name of the operating system's user, since nobody has signed in.
package setup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/pelletier/go-toml/v2"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
)

// FileConfig is the configuration's name in the folder that [Init] makes.
const FileConfig = "center.toml"

// Options says what the new center is to be.
type Options struct {
	Dir       string             // must be empty or not there
	Hosts     []string           // names and addresses by which the center is reached; the first is the one that is told to people
	Config    center.Config      // listeners and the like; see [center.DefaultConfig]. Replica and public addresses are filled in
	Recipient age.Recipient      // to whom the two offline keys are encrypted
	Union     string             // name of the first union
	Facility  directory.Facility // Code, Name, Kana, Mark, Kind, Disclosing; the secretariat's
	Operator  manage.NewUser     // Login, DisplayName, Kana, Profession; manager and operator of that facility
	Device    string             // name of the first terminal
	Clock     func() time.Time
}

// Result is what the operator must be told: passwords and codes in it are kept
// nowhere else.
type Result struct {
	ConfigFile    string
	Config        center.Config // with absolute paths
	CAFingerprint string
	Union         directory.Union
	Facility      directory.Facility
	Operator      manage.Created
	Device        DeviceFiles
}

// Init makes a center in an empty folder. If it fails it leaves the folder empty, so
// that it can be run again.
func Init(ctx context.Context, o Options) (res Result, err error) {
	if err := o.check(); err != nil {
		return Result{}, err
	}
	if err := makeEmpty(o.Dir); err != nil {
		return Result{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, empty(o.Dir))
		}
	}()
	now := o.Clock()
	res.ConfigFile = filepath.Join(o.Dir, FileConfig)
	cfg := o.config()
	if err := writeConfig(res.ConfigFile, cfg); err != nil {
		return Result{}, err
	}
	if err := cfg.Absolute(res.ConfigFile); err != nil {
		return Result{}, err
	}
	cfg.Clock, cfg.Logger = o.Clock, o.Config.Logger
	ca, err := makeKeys(cfg, o.Hosts, o.Recipient, now)
	if err != nil {
		return Result{}, err
	}
	res.Config, res.CAFingerprint = cfg, tlsid.Fingerprint(ca.Root)
	if _, _, err := center.Migrate(ctx, cfg); err != nil {
		return Result{}, err
	}
	base, err := center.Open(ctx, cfg)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, base.Close()) }()
	err = first(ctx, NewAdmin(base), o, &res)
	return res, err
}

// first fills the empty database with what nobody could add from outside.
func first(ctx context.Context, a *Admin, o Options, res *Result) (err error) {
	if res.Union, err = a.AddUnion(ctx, o.Union); err != nil {
		return err
	}
	if res.Facility, err = a.AddFacility(ctx, o.Facility, res.Union.ID); err != nil {
		return err
	}
	operator := o.Operator
	operator.Roles = []access.Role{access.RoleManager, access.RoleOperator}
	if res.Operator, err = a.AddUser(ctx, res.Facility.ID, operator, manage.Credentials{}); err != nil {
		return err
	}
	res.Device, err = a.IssueDevice(ctx, res.Facility, o.Device, "", filepath.Join(o.Dir, "devices"))
	return err
}

func (o Options) check() error {
	switch {
	case len(o.Hosts) == 0:
		return fault.New(fault.Invalid, "a center needs a host name")
	case o.Union == "" || o.Facility.Name == "" || o.Facility.Code == "" || o.Operator.Login == "":
		return fault.New(fault.Invalid, "a center needs the name of a union, a facility with its code, and an operator's login")
	case o.Recipient == nil:
		return fault.New(fault.Invalid, "the offline keys need somebody to encrypt them to")
	}
	return nil
}

// config is the configuration as it is written: with paths relative to the file.
func (o Options) config() center.Config {
	cfg := o.Config
	if cfg.Replica == "" {
		cfg.Replica = ident.New[ident.ReplicaID]()
	}
	if cfg.Portal.Public == "" {
		cfg.Portal.Public = "https://" + net.JoinHostPort(o.Hosts[0], portOf(cfg.Portal.Listen))
	}
	if cfg.Link.Public == "" {
		cfg.Link.Public = net.JoinHostPort(o.Hosts[0], portOf(cfg.Link.Listen))
	}
	if cfg.Enroll.Public == "" {
		cfg.Enroll.Public = "https://" + net.JoinHostPort(o.Hosts[0], portOf(cfg.Enroll.Listen))
	}
	return cfg
}

func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr) // Validate has more to say about it later
	return port
}

func writeConfig(path string, cfg center.Config) error {
	var buf bytes.Buffer
	buf.WriteString("# Configuration of a Mizuhiki center. Paths are relative to this file.\n\n")
	if err := toml.NewEncoder(&buf).Encode(cfg); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return writeOpen(path, buf.Bytes())
}

// makeEmpty makes the folder if it is not there and refuses one that holds anything.
func makeEmpty(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return fault.New(fault.Conflict, "%s is not empty: a center is made in a folder of its own", dir)
	}
	return nil
}

func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return errors.Join(errs...)
}
