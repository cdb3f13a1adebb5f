package demo

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/ident"
	"mizuhiki.dev/mizuhiki/internal/platform/secretfile"
)

// state is what a region outside of its center is: written when a new region is complete.
type state struct {
	Region     string           `json:"region"`
	Facilities []facility       `json:"facilities"`
	Accounts   []staffAccount   `json:"accounts"`
	Unlinked   []patient        `json:"unlinked"`
	Consoles   []consoleAccount `json:"consoles"`
}

type facility struct {
	ID                ident.FacilityID       `json:"id"`
	Code              string                 `json:"code"`
	Name              string                 `json:"name"`
	Kind              directory.FacilityKind `json:"kind"`
	Mark              string                 `json:"mark"`
	Disclosing        bool                   `json:"disclosing"`
	Storage           string                 `json:"storage,omitempty"`
	Extended          string                 `json:"extended,omitempty"` // the extended storage
	DeviceCert        string                 `json:"device_cert"`
	DeviceKey         string                 `json:"device_key"`
	DeviceP12         string                 `json:"device_p12"`
	DeviceP12Password string                 `json:"device_p12_password"`
}

type staffAccount struct {
	User        ident.UserID     `json:"user"`
	Facility    ident.FacilityID `json:"facility"`
	Login       string           `json:"login"`
	Password    string           `json:"password"`
	TOTPSecret  string           `json:"totp_secret"`
	DisplayName string           `json:"display_name"`
	Profession  string           `json:"profession"`
	Roles       []string         `json:"roles"`
}

// patient is somebody at one facility who is not linked yet.
type patient struct {
	Facility  ident.FacilityID     `json:"facility"`
	PatientID ident.LocalPatientID `json:"patient_id"`
	Name      string               `json:"name"`
	Kana      string               `json:"kana"`
	BirthDate string               `json:"birth_date"`
	Sex       string               `json:"sex"`
}

const stateFile = "demo.json"

// readState reads a complete region's state; ok is false if there is none.
func readState(dir string) (s state, ok bool, err error) {
	body, err := os.ReadFile(filepath.Join(dir, stateFile))
	if os.IsNotExist(err) {
		return s, false, nil
	}
	if err != nil {
		return s, false, err
	}
	if err := json.Unmarshal(body, &s); err != nil {
		return s, false, fmt.Errorf("%s: %w", filepath.Join(dir, stateFile), err)
	}
	return s, true, nil
}

func (s state) write(dir string) error {
	body, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return secretfile.Write(filepath.Join(dir, stateFile), append(body, '\n'))
}

func (r *Running) name() string { return r.state.Region }

func (r *Running) facilities() []facility { return r.state.Facilities }

func (r *Running) accounts(id ident.FacilityID) []staffAccount {
	var out []staffAccount
	for _, a := range r.state.Accounts {
		if a.Facility == id {
			out = append(out, a)
		}
	}
	return out
}

// Accounts lists the accounts of the region with what they sign in by.
func (r *Running) Accounts() []staffAccount { return r.state.Accounts }
