// Package certrevoked takes certificates back while everybody works: a terminal's, and
// then the center's own. The center is a whole one and could say anything; what counts is
// that the hospitals' gateways refuse by themselves.
package certrevoked

import (
	"testing"
	"time"

	"mizuhiki.dev/mizuhiki/e2e/world"
	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center/revocation"
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/tlsid"
	"mizuhiki.dev/mizuhiki/internal/setup"
	"mizuhiki.dev/mizuhiki/internal/wire"
)

func TestReq_CERT04_whatIsRevokedIsRefusedByGatewaysThemselves(t *testing.T) {
	w := world.Start(t)
	hub, admin := w.Region.Center.Hub, setup.NewAdmin(w.Region.Center.Base)
	clinic := w.FacilityOfKind("clinic")
	doctor := w.SignIn(t, w.MustUser(t, clinic.ID, "viewer"))
	cert, err := tlsid.ReadCerts(doctor.User.DeviceCert)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := tlsid.IdentityOf(cert[0])
	if err != nil {
		t.Fatal(err)
	}
	person := w.PersonLinked(t, clinic.ID, 2)
	hospital, patient := linkedElsewhere(t, person, hub.Online)
	// lie is what a center sends that has been taken over: it states whatever is needed.
	lie := func() error {
		return hub.Content(t.Context(), hospital, wire.Assertion{
			Owner: hospital, Decision: "taken-over", PatientID: patient,
			Viewer: access.Viewer{
				User: "u", DisplayName: "なりすまし", Facility: ident.FacilityID(clinic.ID), Profession: access.Physician,
				Roles: []access.Role{access.RoleViewer}, Device: terminal.Device, TwoFactor: true, DeviceLive: true,
			},
			Kinds: []clinical.Kind{clinical.KindLab, clinical.KindPrescription}, ViewerLink: true, Consent: true, Purpose: access.PurposeCare,
		}, wire.ContentRequest{}, func(wire.Content) error { return nil })
	}
	if err := lie(); err != nil {
		t.Fatalf("before anything is revoked: %v", err)
	}

	if err := admin.RevokeDevice(t.Context(), terminal.Device); err != nil {
		t.Fatal(err)
	}
	world.Eventually(t, 10*time.Second, func() bool { return fault.Is(lie(), fault.Denied) })
	if !hub.Online(hospital) {
		t.Fatal("the gateway has gone for a terminal's sake")
	}

	if err := admin.RevokeOwn(t.Context(), tlsid.Fingerprint(w.Region.Center.Server.Leaf), revocation.KeyCompromise); err != nil {
		t.Fatal(err)
	}
	world.Eventually(t, 10*time.Second, func() bool { return len(hub.Connected()) == 0 })
	for range 10 { // a gateway dials again within a second, and must not stay
		time.Sleep(100 * time.Millisecond)
		if hub.Online(hospital) {
			t.Fatal("the gateway has linked with the revoked center again")
		}
	}
	if err := lie(); !fault.Is(err, fault.Unavailable) {
		t.Errorf("the revoked center asks: %v", err)
	}
}

// linkedElsewhere gives where a person is linked that has a gateway.
func linkedElsewhere(t *testing.T, p world.Person, online func(ident.FacilityID) bool) (ident.FacilityID, ident.LocalPatientID) {
	t.Helper()
	for _, l := range p.Links {
		if online(ident.FacilityID(l.Facility)) {
			return ident.FacilityID(l.Facility), ident.LocalPatientID(l.PatientID)
		}
	}
	t.Fatal("the person is linked at no hospital with a gateway")
	return "", ""
}
