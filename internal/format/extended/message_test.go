package extended_test

import (
	"errors"
	"testing"

	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/format/extended"
	"mizuhiki.dev/mizuhiki/internal/format/hl7v2"
)

func TestPerson_CheckMessage(t *testing.T) {
	const ownName, married, other = "高橋^花子^^^^^L^I~タカハシ^ハナコ^^^^^L^P", "鈴木^花子^^^^^L^I~スズキ^ハナコ^^^^^L^P", "高橋^月子^^^^^L^I~タカハシ^ツキコ^^^^^L^P"
	undated := extended.Person{ID: patient, Record: &clinical.Demographics{Name: hanako.Record.Name, Kana: hanako.Record.Kana, Sex: clinical.Female}}
	for name, tc := range map[string]struct {
		person            extended.Person
		names, birth, sex string
		sound             bool
	}{
		"the same":                             {hanako, ownName, "19760101", "F", true},
		"married":                              {hanako, married, "19760101", "F", true},
		"another given name, same birth date":  {hanako, other, "19760101", "F", true},
		"another birth date":                   {hanako, ownName, "19760102", "F", false},
		"another sex":                          {hanako, ownName, "19760101", "M", false},
		"sex unknown":                          {hanako, ownName, "19760101", "U", true},
		"no sex":                               {hanako, ownName, "19760101", "", true},
		"no birth date":                        {hanako, ownName, "", "F", true},
		"no birth date, half-width kana":       {hanako, "ﾀｶﾊｼ^ﾊﾅｺ^^^^^L^P", "", "F", true},
		"no birth date, married":               {hanako, married, "", "F", true},
		"no birth date, another given name":    {hanako, other, "", "F", false},
		"a year only, another given name":      {hanako, other, "1976", "F", false},
		"no birth date, letters only":          {hanako, "TAKAHASHI^TSUKIKO^^^^^L^A", "", "F", true},
		"nothing but the number":               {hanako, "", "", "", true},
		"a record without birth date":          {undated, ownName, "19760101", "F", true},
		"a record without birth date, another": {undated, other, "19760101", "F", false},
		"nothing known but the number":         {extended.Person{ID: patient}, other, "20010101", "M", true},
	} {
		t.Run(name, func(t *testing.T) {
			msg, err := hl7v2.Parse([]byte("MSH|^~\\&|H||||20240601||RDE^O11^RDE_O11|1|P|2.5||||||UNICODE UTF-8\rPID|1||" + patient + "^^^^PI||" + tc.names + "||" + tc.birth + "|" + tc.sex + "\r"))
			if err != nil {
				t.Fatal(err)
			}
			err = tc.person.CheckMessage(msg)
			if tc.sound && err != nil || !tc.sound && (!errors.Is(err, extended.ErrIdentity) || !fault.Is(err, fault.Invalid)) {
				t.Errorf("CheckMessage = %v, want sound %v", err, tc.sound)
			}
		})
	}
}
