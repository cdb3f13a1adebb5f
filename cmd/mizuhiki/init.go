package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"filippo.io/age"
	"golang.org/x/term"

	"mizuhiki.dev/mizuhiki/internal/access"
	"mizuhiki.dev/mizuhiki/internal/center"
	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/manage"
	"mizuhiki.dev/mizuhiki/internal/format/wareki"
	"mizuhiki.dev/mizuhiki/internal/platform/secretfile"
	"mizuhiki.dev/mizuhiki/internal/setup"
)

type initCommand struct {
	Dir  string   `required:"" type:"path" help:"Folder for the new center; empty or not there."`
	Host []string `required:"" help:"Name or address by which the center is reached; may be repeated, the first is told to others."`

	Union    string        `required:"" help:"Name of the first union of facilities."`
	Facility facilityFlags `embed:"" prefix:"facility-"`
	Operator operatorFlags `embed:"" prefix:"operator-"`
	Device   string        `default:"terminal 1" help:"Name of the first terminal."`

	Portal string `default:":8443" help:"Address of the portal."`
	Link   string `default:":8444" help:"Address that gateways dial."`
	Enroll string `default:":8445" help:"Address for enrolment."`

	PassphraseFile string `type:"path" xor:"recipient" help:"File with the passphrase that encrypts the offline keys. Asked for at a terminal, else made and printed once."`
	Recipient      string `xor:"recipient" help:"age recipient (age1...) to encrypt the offline keys to, instead of a passphrase."`
}

type facilityFlags struct {
	Code       string                 `required:"" help:"10-digit medical institution code."`
	Name       string                 `required:"" help:"Name, for instance 水引病院."`
	Kana       string                 `required:"" help:"Name in kana."`
	Mark       string                 `required:"" help:"Two characters that stand for the facility on a timeline."`
	Kind       directory.FacilityKind `enum:"hospital,clinic,pharmacy,home_nursing,care_home" default:"hospital" help:"${enum}"`
	Disclosing bool                   `help:"Discloses through a gateway."`
}

func (f facilityFlags) facility() directory.Facility {
	return directory.Facility{Code: f.Code, Name: f.Name, Kana: f.Kana, Mark: f.Mark, Kind: f.Kind, Disclosing: f.Disclosing}
}

type operatorFlags struct {
	Login string `required:"" help:"Login of the first operator and manager."`
	Name  string `required:"" help:"Display name."`
	Kana  string `help:"Name in kana."`

	Trained string `placeholder:"DATE" help:"Day on which the operator was trained; today if it is not given, since nobody is there yet to train whoever sets a network up."`
}

func (c initCommand) Run(ctx context.Context, s streams) error {
	recipient, passphrase, err := c.recipient(s)
	if err != nil {
		return err
	}
	cfg := center.DefaultConfig()
	cfg.Portal.Listen, cfg.Link.Listen, cfg.Enroll.Listen = c.Portal, c.Link, c.Enroll
	res, err := setup.Init(ctx, setup.Options{
		Dir: c.Dir, Hosts: c.Host, Config: cfg, Recipient: recipient, Union: c.Union, Facility: c.Facility.facility(),
		Operator: manage.NewUser{
			Login: c.Operator.Login, DisplayName: c.Operator.Name, Kana: c.Operator.Kana, Profession: access.Clerk,
			Cleared: manage.Cleared{Trained: cmp.Or(c.Operator.Trained, wareki.On(clock()).String())},
		},
		Device: c.Device, Clock: clock,
	})
	if err != nil {
		return err
	}
	return printResult(s.out, res, passphrase)
}

// printResult tells what is told once.
func printResult(w io.Writer, r setup.Result, passphrase string) error {
	lines := []struct{ name, value string }{
		{"configuration", r.ConfigFile},
		{"ca_fingerprint", r.CAFingerprint},
		{"offline_key_passphrase", passphrase},
		{"facility", r.Facility.Code + " " + r.Facility.Name},
		{"login", r.Operator.User.Login},
		{"setup_code", r.Operator.Code},
		{"setup_code_until", r.Operator.Until.Format(time.RFC3339)},
		{"device_p12", r.Device.P12},
		{"device_p12_password", r.Device.P12Password},
		{"device_cert", r.Device.Cert},
		{"device_key", r.Device.Key},
	}
	var errs []error
	for _, l := range lines {
		if l.value != "" {
			_, err := fmt.Fprintf(w, "%-24s%s\n", l.name, l.value)
			errs = append(errs, err)
		}
	}
	_, err := fmt.Fprintf(w, "\nPasswords and codes above are kept nowhere. Carry %s/ca/*.age away from this machine.\nStart the center with: mizuhiki center --config %[2]s\nAnother setup code:    mizuhiki admin --config %[2]s user code %[3]s\n",
		strings.TrimSuffix(r.ConfigFile, "/"+setup.FileConfig), r.ConfigFile, r.Operator.User.Login)
	return errors.Join(append(errs, err)...)
}

// recipient settles to whom the offline keys are encrypted. A passphrase that is made
// here is given back so that it can be printed; one that was typed or read is not.
func (c initCommand) recipient(s streams) (r age.Recipient, made string, err error) {
	if c.Recipient != "" {
		list, err := age.ParseRecipients(strings.NewReader(c.Recipient))
		if err != nil {
			return nil, "", fmt.Errorf("--recipient: %w", err)
		}
		return list[0], "", nil
	}
	var passphrase string
	switch {
	case c.PassphraseFile != "":
		data, err := secretfile.Read(c.PassphraseFile)
		if err != nil {
			return nil, "", fmt.Errorf("--passphrase-file: %w", err)
		}
		passphrase = strings.TrimRight(string(data), "\r\n")
	case term.IsTerminal(int(s.in.Fd())):
		if passphrase, err = ask(s); err != nil {
			return nil, "", err
		}
	}
	if passphrase == "" {
		passphrase = rand.Text()
		made = passphrase
	}
	r, err = age.NewScryptRecipient(passphrase)
	return r, made, err
}

// ask reads a passphrase twice without showing it. Empty means: make one.
func ask(s streams) (string, error) {
	read := func(prompt string) (string, error) {
		fmt.Fprint(s.err, prompt)
		data, err := term.ReadPassword(int(os.Stdin.Fd()))
		fmt.Fprintln(s.err)
		return string(data), err
	}
	first, err := read("Passphrase for the offline keys (empty: make one): ")
	if err != nil || first == "" {
		return "", err
	}
	again, err := read("The same again: ")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", errors.New("the two passphrases differ")
	}
	return first, nil
}
