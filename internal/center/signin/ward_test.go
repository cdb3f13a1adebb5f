package signin_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/pquerna/otp/totp"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/account"
	"mizuhiki.dev/mizuhiki/internal/center/device"
	"mizuhiki.dev/mizuhiki/internal/center/device/devicedb"
	"mizuhiki.dev/mizuhiki/internal/center/flowtest"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/center/passkey"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/credential"
	"mizuhiki.dev/mizuhiki/internal/platform/db"
	"mizuhiki.dev/mizuhiki/internal/platform/db/dbtest"
	"mizuhiki.dev/mizuhiki/internal/platform/migrate"
)

// labels seals by a label: enough to see that the context is the user's.
type labels struct{}

func (labels) Seal(secret, context string) (string, error) { return context + "|" + secret, nil }

func (labels) Open(sealed, context string) (string, error) {
	secret, ok := strings.CutPrefix(sealed, context+"|")
	if !ok {
		return "", errors.New("sealed in another context")
	}
	return secret, nil
}

var cheap = credential.Params{MemoryKiB: 8, Passes: 1, Threads: 1}

const password, wrong = "x9k2m4p7", "x9k2m4p8"

// secret of everybody's one-time codes
const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

// ward is a clinic's terminal with a nurse who works at it.
type ward struct {
	*flowtest.World
	*signin.Service
	dev    device.Device
	user   account.User
	secret string
}

func newWard(t *testing.T, d *db.DB) *ward {
	w := &ward{World: flowtest.New(t, d)}
	w.Service = w.service(cheap)
	w.dev = w.terminal("pc1", flowtest.Clinic)
	w.user, w.secret = w.account("hanako", flowtest.Clinic).User, secret
	return w
}

func (w *ward) service(p credential.Params) *signin.Service {
	return signin.New(signin.Config{DB: w.DB, Log: w.World.Audit, Seal: labels{}, Hasher: credential.NewHasher(p), Origins: w.origins(), Clock: w.World.Clock})
}

// The portal's address, and another of its own.
const origin, otherOrigin = "https://portal.example.jp", "http://f1.localhost:8080"

func (w *ward) origins() passkey.Origins {
	w.Helper()
	o, err := passkey.NewOrigins(origin, otherOrigin)
	if err != nil {
		w.Fatal(err)
	}
	return o
}

func (w *ward) terminal(cert string, f ident.FacilityID) device.Device {
	w.Helper()
	d := device.Device{ID: ident.DeviceID(cert), Facility: f, Name: cert, CertSerial: "1", CertSHA256: cert, CreatedAt: w.Now, NotAfter: w.Now.AddDate(1, 0, 0)}
	w.InTx(func(ctx context.Context, tx *db.Tx) error { return devicedb.Store{}.Add(ctx, tx, d) })
	return d
}

func (w *ward) account(login string, f ident.FacilityID) (created manage.Created) {
	w.Helper()
	return w.accountOf(login, f, manage.Cleared{Trained: "2026-04-01", Paper: true})
}

func (w *ward) accountOf(login string, f ident.FacilityID, cleared manage.Cleared) (created manage.Created) {
	w.Helper()
	setup := manage.Setup{Log: w.World.Audit, Seal: labels{}, Hasher: credential.NewHasher(cheap), By: "test"}
	w.InTx(func(ctx context.Context, tx *db.Tx) (err error) {
		created, err = setup.User(ctx, tx, w.Now, f, manage.NewUser{
			Login: login, DisplayName: "水引 花子", Kana: "ミズヒキ ハナコ", Profession: access.Nurse, Roles: []access.Role{access.RoleViewer}, Cleared: cleared,
		}, manage.Credentials{Password: password, TOTPSecret: secret})
		return err
	})
	return created
}

// code gives the one-time code of now.
func (w *ward) code() string {
	w.Helper()
	code, err := totp.GenerateCode(w.secret, w.Now)
	if err != nil {
		w.Fatal(err)
	}
	return code
}

// in signs the nurse in.
func (w *ward) in() (token string) {
	w.Helper()
	token, err := w.SignIn(w.Context(), w.dev, "hanako", password, w.code())
	if err != nil {
		w.Fatalf("SignIn: %v", err)
	}
	return token
}

func (w *ward) resume(token string) signin.Caller {
	w.Helper()
	c, err := w.Resume(w.Context(), w.dev, token, false)
	if err != nil {
		w.Fatalf("Resume: %v", err)
	}
	return c
}

func each(t *testing.T, fn func(t *testing.T, w *ward)) {
	dbtest.Each(t, migrate.Center, func(t *testing.T, d *db.DB) { fn(t, newWard(t, d)) })
}

// wantFault checks kind and key of an error.
func wantFault(t *testing.T, err error, kind fault.Kind, key fault.Key) {
	t.Helper()
	got, _, _ := fault.Message(err)
	if !fault.Is(err, kind) || got != key {
		t.Errorf("error %v of kind %q, key %q, want %q, %q", err, fault.KindOf(err), got, kind, key)
	}
}
