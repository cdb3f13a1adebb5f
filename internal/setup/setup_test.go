package setup_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/revocation"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/setup"
)

var now = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)

const hospitalCode = "9910000001"

// options are those of a small center; identity opens its offline keys.
func options(t *testing.T) (o setup.Options, identity age.Identity) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return setup.Options{
		Dir: filepath.Join(t.TempDir(), "center"), Hosts: []string{"center.example", "127.0.0.1"}, Config: center.DefaultConfig(),
		Recipient: id.Recipient(), Union: "試験ユニオン",
		Facility: directory.Facility{Code: hospitalCode, Name: "試験病院", Kana: "シケンビョウイン", Mark: "試験", Kind: directory.Hospital, Disclosing: true},
		Operator: manage.NewUser{Login: "jimukyoku", DisplayName: "事務局", Profession: access.Clerk},
		Device:   "受付1", Clock: func() time.Time { return now },
	}, id
}

func initialise(t *testing.T, o setup.Options) setup.Result {
	t.Helper()
	res, err := setup.Init(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// open opens an initialised center as the operator's commands do.
func open(t *testing.T, res setup.Result) *setup.Admin {
	t.Helper()
	cfg, err := center.LoadConfig(res.ConfigFile)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Clock = func() time.Time { return now }
	base, err := center.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { base.Close() })
	return setup.NewAdmin(base)
}

func TestInit_makesACenterThatOpens(t *testing.T) {
	o, identity := options(t)
	res := initialise(t, o)
	a := open(t, res)
	if got := a.Config.Link.Public; got != "center.example:8444" {
		t.Errorf("link.public = %q", got)
	}
	if got := a.Config.Enroll.Public; got != "https://center.example:8445" {
		t.Errorf("enroll.public = %q", got)
	}
	if got := tlsid.Fingerprint(a.Authority.Root); got != res.CAFingerprint {
		t.Errorf("fingerprint = %s, root's %s", res.CAFingerprint, got)
	}
	if err := a.Server.Leaf.VerifyHostname("127.0.0.1"); err != nil {
		t.Error(err)
	}
	want := []access.Role{access.RoleManager, access.RoleOperator}
	if got := slices.Sorted(slices.Values(res.Operator.User.Roles)); !slices.Equal(got, want) || res.Operator.Code == "" {
		t.Errorf("operator's roles = %v, want %v; setup code %q", got, want, res.Operator.Code)
	}
	sealed, err := os.Open(filepath.Join(o.Dir, "ca", tlsid.FileRootKey))
	if err != nil {
		t.Fatal(err)
	}
	defer sealed.Close()
	if _, err := tlsid.OpenRoot(a.Authority.Root, sealed, identity); err != nil {
		t.Errorf("the offline root does not open: %v", err)
	}
}

func TestInit_nothingIsReadableByOthers(t *testing.T) {
	o, _ := options(t)
	initialise(t, o)
	err := filepath.WalkDir(o.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if !d.IsDir() && strings.HasSuffix(path, ".db") {
			return nil // SQLite's; the folder keeps others out
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %04o", path, info.Mode().Perm())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The keys that must not be on a server are there only encrypted.
func TestReq_CERT05_offlineKeysAreEncrypted(t *testing.T) {
	o, _ := options(t)
	initialise(t, o)
	for _, name := range []string{"root.key.age", "assertion-root.key.age"} {
		data, err := os.ReadFile(filepath.Join(o.Dir, "ca", name))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(data), "age-encryption.org/") || strings.Contains(string(data), "PRIVATE KEY") {
			t.Errorf("%s is not encrypted", name)
		}
	}
}

func TestInit_deviceFilesBelongTogether(t *testing.T) {
	o, _ := options(t)
	res := initialise(t, o)
	id, err := tlsid.ReadIdentity(res.Device.Cert, res.Device.Key)
	if err != nil {
		t.Fatal(err)
	}
	who, err := tlsid.IdentityOf(id.Leaf)
	if err != nil {
		t.Fatal(err)
	}
	if want := (tlsid.Identity{Role: tlsid.Device, Device: res.Device.Device.ID, FacilityCode: hospitalCode}); who != want {
		t.Errorf("identity = %+v, want %+v", who, want)
	}
	p12, err := os.ReadFile(res.Device.P12)
	if err != nil {
		t.Fatal(err)
	}
	_, cert, chain, err := pkcs12.DecodeChain(p12, res.Device.P12Password)
	if err != nil {
		t.Fatal(err)
	}
	if tlsid.Fingerprint(cert) != res.Device.Device.CertSHA256 || len(chain) != 2 {
		t.Errorf("PKCS #12 holds another certificate, or %d above it, want 2", len(chain))
	}
	if _, _, _, err := pkcs12.DecodeChain(p12, "wrong"); err == nil {
		t.Error("PKCS #12 opens with any password")
	}
}

func TestInit_refuses(t *testing.T) {
	for name, change := range map[string]func(*testing.T, *setup.Options){
		"a folder that holds something": func(t *testing.T, o *setup.Options) {
			if err := os.MkdirAll(o.Dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(o.Dir, "precious"), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"no host":          func(_ *testing.T, o *setup.Options) { o.Hosts = nil },
		"no union":         func(_ *testing.T, o *setup.Options) { o.Union = "" },
		"no facility code": func(_ *testing.T, o *setup.Options) { o.Facility.Code = "" },
		"nobody for keys":  func(_ *testing.T, o *setup.Options) { o.Recipient = nil },
		"a wrong code":     func(_ *testing.T, o *setup.Options) { o.Facility.Code = "12" },
		"a wrong login":    func(_ *testing.T, o *setup.Options) { o.Operator.Login = "事務 局" },
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := options(t)
			change(t, &o)
			before, _ := filepath.Glob(filepath.Join(o.Dir, "*"))
			if _, err := setup.Init(t.Context(), o); err == nil {
				t.Fatal("Init succeeded")
			}
			after, _ := filepath.Glob(filepath.Join(o.Dir, "*"))
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("the folder was changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestAdmin(t *testing.T) {
	o, _ := options(t)
	res := initialise(t, o)
	a := open(t, res)
	ctx := t.Context()
	union, err := a.OnlyUnion(ctx)
	if err != nil {
		t.Fatal(err)
	}
	clinic, err := a.AddFacility(ctx, directory.Facility{Code: "9910000019", Name: "試験医院", Kana: "シケンイイン", Mark: "医院", Kind: directory.Clinic}, union.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := a.Facility(ctx, clinic.Code); err != nil || got.ID != clinic.ID {
		t.Errorf("Facility = %+v, %v", got, err)
	}
	if _, err := a.AddUser(ctx, clinic.ID, manage.NewUser{Login: "ishi", DisplayName: "試験 医師", Profession: access.Physician, Roles: []access.Role{access.RoleViewer}}, manage.Credentials{}); err != nil {
		t.Error(err)
	}
	d, err := a.IssueDevice(ctx, clinic, "診察室", "1階", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := a.RevokeDevice(ctx, d.Device.ID); err != nil {
		t.Error(err)
	}
	if err := a.RevokeDevice(ctx, ident.New[ident.DeviceID]()); !fault.Is(err, fault.NotFound) {
		t.Errorf("RevokeDevice(unknown) = %v, want not found", err)
	}
	if err := a.RevokeGateway(ctx, ident.New[ident.GatewayID](), revocation.Ceased); !fault.Is(err, fault.NotFound) {
		t.Errorf("RevokeGateway(unknown) = %v, want not found", err)
	}
	if _, err := a.GatewayCode(ctx, clinic, "", directory.CodeLife); !fault.Is(err, fault.Invalid) {
		t.Errorf("GatewayCode of a facility without gateway = %v, want invalid", err)
	}
	for _, life := range []time.Duration{0, -time.Minute, setup.MaxCodeLife + time.Second} {
		if _, err := a.GatewayCode(ctx, res.Facility, "", life); !fault.Is(err, fault.Invalid) {
			t.Errorf("GatewayCode for %s = %v, want invalid", life, err)
		}
	}
	if _, err := a.GatewayCode(ctx, res.Facility, "サーバー室", setup.MaxCodeLife); err != nil {
		t.Error(err)
	}
	if _, err := a.Facility(ctx, "0000000000"); !fault.Is(err, fault.NotFound) {
		t.Errorf("Facility(unknown) = %v, want not found", err)
	}
}

func TestAdmin_serverCertificateIsRenewed(t *testing.T) {
	o, _ := options(t)
	res := initialise(t, o)
	before := open(t, res).Server.Leaf
	a := open(t, res)
	if err := a.IssueServer(t.Context(), []string{"next.example"}); err != nil {
		t.Fatal(err)
	}
	after := open(t, res).Server.Leaf
	if after.Equal(before) || after.VerifyHostname("next.example") != nil {
		t.Errorf("certificate for %v, want one for next.example", after.DNSNames)
	}
	if kept, _ := filepath.Glob(res.Config.TLS.Key + ".*"); len(kept) != 1 {
		t.Errorf("kept keys = %v, want the one before", kept)
	}
}

// Every step leaves its row, and the log that init begins verifies.
func TestVerifyAudit(t *testing.T) {
	o, _ := options(t)
	res := initialise(t, o)
	a := open(t, res)
	if err := a.DB.InTx(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := a.Audit.Checkpoint(ctx, tx, now, a.AuditSigner)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	logs, err := setup.VerifyAudit(t.Context(), o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	// union, facility, user, device
	if len(logs) != 1 || logs[0].Rows != 4 || logs[0].Covered != 4 {
		t.Errorf("logs = %+v, want one of 4 signed rows", logs)
	}
	if _, err := a.DB.Writer().ExecContext(t.Context(), `UPDATE audit_event SET user_name = $1 WHERE leaf = $2`, "somebody else", 2); err != nil {
		t.Fatal(err)
	}
	if _, err := setup.VerifyAudit(t.Context(), o.Dir); err == nil || !strings.Contains(err.Error(), "2") {
		t.Errorf("VerifyAudit of a changed row = %v, want an error that names row 2", err)
	}
}
