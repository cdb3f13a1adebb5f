package gateway

import (
	"bytes"
	"cmp"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/pelletier/go-toml/v2"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/gateway/release"
	"mizuhiki.dev/mizuhiki/internal/gateway/source"
	"mizuhiki.dev/mizuhiki/internal/gateway/source/mllp"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/logging"
	"mizuhiki.dev/mizuhiki/internal/platform/secretfile"
	"mizuhiki.dev/mizuhiki/internal/platform/tomlfile"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

// ConfigVersion is the version of the configuration that this program reads.
const ConfigVersion = 1

// Config is a gateway's configuration, gateway.toml. Paths in the file are relative to
// its folder.
type Config struct {
	Version  int              `toml:"config_version"`
	Gateway  ident.GatewayID  `toml:"gateway" comment:"This gateway's id and its facility's, as given at enrolment."`
	Facility ident.FacilityID `toml:"facility"`
	Database string           `toml:"database" comment:"The index, an SQLite file on local disk. Back it up: what is of the storage is read again, the release matrix, trail and accounts are not."`
	Center   CenterConfig     `toml:"center"`
	Identity IdentityConfig   `toml:"identity" comment:"Written by 'mizuhiki enroll gateway'."`
	Storage  StorageConfig    `toml:"storage" comment:"The hospital's SS-MIX2 storages, standardised and extended. They are only ever read."`
	Release  ReleaseRows      `toml:"release" comment:"What a new index releases: for each kind of content, to whom and after how many days.\nWhat is not named is withheld. From then on the index holds the matrix, see 'mizuhiki release'."`
	Received ReceivedConfig   `toml:"received" comment:"Messages that an EHR sends over MLLP; see the mllp listeners below. They are filed as\nSS-MIX2 storages of the gateway's own, vital signs as an extended one, and read like the hospital's."`
	Console  ConsoleConfig    `toml:"console" comment:"The console for hospital IT. Accounts: 'mizuhiki gateway console user'."`
	Log      logging.Config   `toml:"log"`

	// MLLP are the ports on which messages are received; none unless they are named.
	MLLP []mllp.ListenerConfig `toml:"mllp,omitempty" comment:"A port on which messages are received, [[mllp]]; may be repeated. There is none unless named."`

	// Clock and Logger are set by whoever starts a gateway in a program of its own.
	Clock  func() time.Time `toml:"-"`
	Logger *slog.Logger     `toml:"-"`
}

// ReleaseRows is a release matrix as people write it: kind of content → audience → days
// after the care date. Audiences that are left out see nothing of the kind.
type ReleaseRows map[clinical.Kind]map[access.Audience]int

// matrix gives the rows as a matrix.
func (rows ReleaseRows) matrix() access.Matrix {
	m := access.Matrix{}
	for kind, row := range rows {
		for audience, days := range row {
			m.Set(kind, audience, access.Cell{Allowed: true, DelayDays: days})
		}
	}
	return m
}

// defaultRelease writes [release.Default] as rows.
func defaultRelease() ReleaseRows {
	rows := ReleaseRows{}
	for kind, row := range release.Default() {
		rows[kind] = map[access.Audience]int{}
		for audience, c := range row {
			if c.Allowed {
				rows[kind][audience] = c.DelayDays
			}
		}
	}
	return rows
}

// CenterConfig says where the center is.
type CenterConfig struct {
	Link string `toml:"link" comment:"host:port that the gateway dials; it opens no port itself"`
}

// IdentityConfig says where the gateway's identity lies.
type IdentityConfig struct {
	Cert          string `toml:"cert"`
	Key           string `toml:"key"`
	Root          string `toml:"root" comment:"the center's root certificate, the only one trusted"`
	AssertionRoot string `toml:"assertion_root" comment:"public key that certifies what the center states"`
}

// StorageConfig says what is read and how eagerly.
type StorageConfig struct {
	Roots       []string `toml:"roots" comment:"folders of the storage; several volumes are one storage"`
	Extended    []string `toml:"extended_roots" comment:"folders of the extended storage: notes, summaries, letters, reports; none if the hospital has none"`
	Facilities  bool     `toml:"several_facilities" comment:"roots whose names begin with the codes of different facilities are one storage all the same: a patient\nnumber means the same person at each of them, as at a hospital whose dental department has a code of its own"`
	MaxFileMB   int      `toml:"max_file_mb" comment:"a file of a document that is larger is not disclosed"`
	PollSeconds int      `toml:"poll_seconds" comment:"how often is looked for changes; on disks of this machine notifications tell of most at once"`
	Workers     int      `toml:"workers" comment:"of the first walk and of looking for changes; many help on cold disks and shares"`
	Budget      int      `toml:"budget" comment:"folders and files looked at each time; more where linked patients' changes would otherwise\nnot be known within 5 s on a disk of this machine, 60 s on a share (NFS, SMB, FUSE)"`
}

// ReceivedConfig says where received messages lie and what they may take.
type ReceivedConfig struct {
	Folder       string `toml:"folder" comment:"on local disk; what is in it was acknowledged, and nobody else may have it"`
	MinFreeMB    int    `toml:"min_free_mb" comment:"below this much free space everything is refused, for the sender to try again;\nfiles that lie ready for messages leave it free and go before that"`
	MaxBacklogMB int    `toml:"max_backlog_mb" comment:"messages that wait to be filed; beyond, senders are kept waiting"`
}

// DefaultConfig is the configuration that enrolment starts from.
func DefaultConfig() Config {
	return Config{
		Version:  ConfigVersion,
		Database: "gateway.db",
		Identity: IdentityConfig{
			Cert: "identity/gateway.crt", Key: "identity/gateway.key",
			Root: "identity/center-root.crt", AssertionRoot: "identity/assertion-root.pub",
		},
		Storage:  StorageConfig{MaxFileMB: source.DefaultMaxFile >> 20, PollSeconds: 2, Workers: 16, Budget: 20_000},
		Received: ReceivedConfig{Folder: "received", MinFreeMB: 1024, MaxBacklogMB: 1024},
		Release:  defaultRelease(),
		Log:      logging.DefaultConfig(),
	}
}

// LoadConfig reads gateway.toml, makes its paths absolute and refuses it with all of
// its problems at once.
func LoadConfig(path string) (Config, error) {
	cfg := DefaultConfig()
	cfg.Version = 0   // the file must say it
	cfg.Release = nil // decoded into, rows that the file leaves out would stay
	if err := tomlfile.Read(path, &cfg); err != nil {
		return Config{}, err
	}
	if cfg.Release == nil {
		said, err := saysRelease(path)
		if err != nil {
			return Config{}, err
		}
		if cfg.Release = defaultRelease(); said {
			cfg.Release = ReleaseRows{}
		}
	}
	for i := range cfg.MLLP {
		cfg.MLLP[i].Fill()
	}
	cfg.Absolute(path)
	return cfg, tomlfile.Problems(path, cfg.Validate())
}

// saysRelease reports whether the file has a release section, be it empty: who empties
// it means to release nothing and must not get the default.
func saysRelease(path string) (bool, error) {
	data, err := tomlfile.Bytes(path)
	if err != nil {
		return false, err
	}
	var sections map[string]any
	if err := toml.Unmarshal(data, &sections); err != nil {
		return false, fmt.Errorf("%s: %w", path, err)
	}
	_, said := sections["release"]
	return said, nil
}

// Absolute makes paths that are relative to the folder of the file absolute.
func (c *Config) Absolute(file string) {
	for _, p := range []*string{&c.Database, &c.Identity.Cert, &c.Identity.Key, &c.Identity.Root, &c.Identity.AssertionRoot, &c.Received.Folder} {
		*p = tomlfile.Beside(file, *p)
	}
	c.Console.absolute(file)
	for _, roots := range [][]string{c.Storage.Roots, c.Storage.Extended} {
		for i := range roots {
			roots[i] = tomlfile.Beside(file, roots[i])
		}
	}
	for i := range c.MLLP {
		c.MLLP[i].Absolute(file)
	}
}

// Validate lists everything that is wrong, each naming its key.
func (c Config) Validate() []string {
	var problems []string
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if c.Version != ConfigVersion {
		bad("config_version: is %d, this program reads %d", c.Version, ConfigVersion)
	}
	if !ident.Valid(string(c.Gateway)) {
		bad("gateway: not an id as enrolment gives it")
	}
	if !ident.Valid(string(c.Facility)) {
		bad("facility: not an id as enrolment gives it")
	}
	if c.Database == "" {
		bad("database: missing")
	}
	if _, _, err := net.SplitHostPort(c.Center.Link); err != nil {
		bad("center.link: %q is not host:port", c.Center.Link)
	}
	for _, f := range []struct{ key, path string }{
		{"identity.cert", c.Identity.Cert}, {"identity.key", c.Identity.Key},
		{"identity.root", c.Identity.Root}, {"identity.assertion_root", c.Identity.AssertionRoot},
	} {
		if _, err := os.Stat(f.path); err != nil {
			bad("%s: %v", f.key, err)
		}
	}
	if len(c.Storage.Roots) == 0 && len(c.MLLP) == 0 {
		bad("storage.roots: at least one folder is needed, or a listener for messages")
	}
	problems = append(problems, c.Storage.validate()...)
	problems = append(problems, c.validateReceived()...)
	for _, root := range c.Storage.all() {
		if c.Database != "" && within(c.Database, root) {
			bad("database: %s lies in the hospital's storage, into which nothing is written", c.Database)
		}
	}
	if err := c.Release.matrix().Validate(); err != nil {
		bad("release: %v", err)
	}
	problems = append(problems, c.Console.validate()...)
	return append(problems, c.Log.Validate()...)
}

// all gives the roots of both storages, the standard one's first.
func (c StorageConfig) all() []string { return slices.Concat(c.Roots, c.Extended) }

func (c Config) validateReceived() []string {
	problems := mllp.ValidateListeners(c.MLLP)
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if c.Received.Folder == "" {
		bad("received.folder: missing")
	}
	for _, root := range c.Storage.all() {
		if within(c.Received.Folder, root) || within(root, c.Received.Folder) {
			bad("received.folder: %s and the hospital's storage %s lie in each other", c.Received.Folder, root)
		}
	}
	if c.Received.MinFreeMB < 1 {
		bad("received.min_free_mb: must be at least 1")
	}
	if c.Received.MaxBacklogMB < 1 {
		bad("received.max_backlog_mb: must be at least 1")
	}
	return problems
}

func (c StorageConfig) validate() []string {
	var problems []string
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	all := c.all()
	for i, root := range all {
		key := "storage.roots"
		if i >= len(c.Roots) {
			key = "storage.extended_roots"
		}
		// A share that is not mounted is no mistake in the file: status, accounts and
		// releases must be had just then. The gateway itself does not start without it.
		if info, err := os.Stat(root); root == "" {
			bad("%s: a folder without a name", key)
		} else if err == nil && !info.IsDir() {
			bad("%s: %s is not a folder", key, root)
		}
		for _, other := range all[:i] {
			switch below, above := within(root, other), within(other, root); {
			case below && above:
				bad("%s: %s and %s are the same folder", key, other, root)
			case below || above:
				bad("%s: %s and %s lie in each other", key, other, root)
			}
		}
	}
	if err := source.CheckFacilities(all); err != nil && !c.Facilities {
		bad("storage.roots: %v; each facility needs a gateway of its own, or storage.several_facilities if a number is the same person's at both", err)
	}
	if c.MaxFileMB < 1 {
		bad("storage.max_file_mb: must be at least 1")
	}
	if c.PollSeconds < 1 {
		bad("storage.poll_seconds: must be at least 1")
	}
	if c.Workers < 1 {
		bad("storage.workers: must be at least 1")
	}
	if c.Budget < 100 {
		bad("storage.budget: must be at least 100")
	}
	return problems
}

// within reports whether path is root or below it, by name or by what is there: a link, a
// mount of the same folder elsewhere, and other letters on a share that takes capitals for
// small ones lead to one place. Read twice, each of its files would be another's rival.
func within(path, root string) bool {
	if below, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(below) {
		return true
	}
	top, err := os.Stat(root)
	if err != nil {
		return false
	}
	for at := existing(path); ; at = filepath.Dir(at) {
		if st, err := os.Stat(at); err == nil && os.SameFile(st, top) {
			return true
		}
		if at == filepath.Dir(at) {
			return false
		}
	}
}

// existing gives a path without links, or that of the folder in which it would come to be.
func existing(path string) string {
	for at := path; ; at = filepath.Dir(at) {
		if real, err := filepath.EvalSymlinks(at); err == nil || at == filepath.Dir(at) {
			return cmp.Or(real, at)
		}
	}
}

func (c *Config) fill() {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = logging.New(os.Stderr, c.Log)
	}
}

// WriteConfig writes the gateway.toml of a newly enrolled gateway: what the center
// answered, the folders of the standard storage and of the extended one, which may be
// none, and defaults for the rest. The identity is expected
// where [DefaultConfig] has it, beside the file. A file that is there is not replaced.
func WriteConfig(path string, answer wire.EnrollAnswer, roots, extended []string) error {
	cfg := DefaultConfig()
	cfg.Gateway, cfg.Facility, cfg.Center.Link = answer.Gateway, answer.Facility, answer.Link
	cfg.Storage.Roots, cfg.Storage.Extended, cfg.Console.Title = roots, extended, answer.FacilityName
	var buf bytes.Buffer
	buf.WriteString("# Configuration of a Mizuhiki gateway. Paths are relative to this file.\n\n")
	if err := toml.NewEncoder(&buf).Encode(cfg); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return secretfile.Write(path, buf.Bytes())
}
