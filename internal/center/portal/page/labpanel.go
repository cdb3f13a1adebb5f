package page

import (
	"fmt"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/jcode"
)

// Panel is a group of laboratory tests that are read together.
type Panel string

// Panels in the order of the matrix: what a ward looks at first stands first.
const (
	PanelBlood     Panel = "blood"     // 血算
	PanelCoag      Panel = "coag"      // 凝固・線溶
	PanelLiver     Panel = "liver"     // 肝・胆・膵
	PanelKidney    Panel = "kidney"    // 腎
	PanelElectro   Panel = "electro"   // 電解質
	PanelSugar     Panel = "sugar"     // 糖代謝
	PanelLipid     Panel = "lipid"     // 脂質
	PanelProtein   Panel = "protein"   // 蛋白・鉄
	PanelHeart     Panel = "heart"     // 心筋
	PanelInflam    Panel = "inflam"    // 炎症
	PanelHormone   Panel = "hormone"   // 内分泌
	PanelTumour    Panel = "tumour"    // 腫瘍マーカー
	PanelInfection Panel = "infection" // 感染症・免疫
	PanelUrine     Panel = "urine"     // 尿・便
	PanelGas       Panel = "gas"       // 血液ガス
	PanelDrug      Panel = "drug"      // 薬物濃度
	PanelOther     Panel = "other"     // その他
	PanelLocal     Panel = "local"     // 施設独自項目
)

// Panels lists all panels in order.
func Panels() []Panel {
	return []Panel{
		PanelBlood, PanelCoag, PanelLiver, PanelKidney, PanelElectro, PanelSugar, PanelLipid, PanelProtein,
		PanelHeart, PanelInflam, PanelHormone, PanelTumour, PanelInfection, PanelUrine, PanelGas, PanelDrug, PanelOther, PanelLocal,
	}
}

// panelRules maps analytes of JLAC10, by the beginning of their code, to panels. The
// first that fits holds, so single analytes stand before their chapters. The grouping
// is ours; the chapters are those of the code (2A haematology, 3B enzymes …).
var panelRules = []struct {
	prefix string
	panel  Panel
}{
	{"4Z271", PanelHeart}, {"4Z272", PanelHeart}, {"3B010", PanelHeart}, {"3B015", PanelHeart}, {"5C090", PanelHeart}, {"5C093", PanelHeart}, {"5C094", PanelHeart},
	{"5C070", PanelInflam}, {"5C210", PanelInflam}, {"5C215", PanelInflam},
	{"5C095", PanelProtein},
	{"3I", PanelProtein},
	{"2A", PanelBlood}, {"2B", PanelCoag},
	{"3A", PanelProtein}, {"3B", PanelLiver}, {"3J", PanelLiver}, {"3C040", PanelLiver},
	{"3C", PanelKidney}, {"8A065", PanelKidney},
	{"3D", PanelSugar}, {"3F", PanelLipid}, {"3H", PanelElectro}, {"3E", PanelOther}, {"3G", PanelOther},
	{"3K", PanelGas}, {"3L", PanelDrug}, {"3M", PanelDrug},
	{"4", PanelHormone}, {"5D", PanelTumour}, {"5", PanelInfection}, {"6", PanelInfection},
	{"1", PanelUrine},
}

// urineMaterials begin with 0 and 0 (JLAC10 材料: 001 urine … 004 pooled urine, 015 faeces).
func isUrine(material string) bool { return strings.HasPrefix(material, "00") || material == "015" }

func panelOf(code jcode.JLAC10) Panel {
	if isUrine(code.Material) {
		return PanelUrine
	}
	for _, r := range panelRules {
		if strings.HasPrefix(code.Analyte, r.prefix) {
			return r.panel
		}
	}
	return PanelOther
}

// firstRead are analytes that stand first in their panel, in reading order; the rest follow by code.
var firstRead = []string{
	"2A010", "2A020", "2A030", "2A040", "2A060", "2A070", "2A080", "2A050", // WBC RBC Hb Ht MCV MCH MCHC Plt
	"3B035", "3B045", "3B090", "3B070", "3B050", "3J010", "3J015", "3B160", // AST ALT GGT ALP LD T-Bil D-Bil amylase
	"3C025", "3C015", "8A065", "3C020", // BUN Cr eGFR UA
	"3H010", "3H020", "3H015", "3H030", "3H040", "3H025", // Na Cl K Ca P Mg
	"3D010", "3D046", "3D045", // glucose HbA1c
	"3F050", "3F077", "3F070", "3F015", // TC LDL-C HDL-C TG
	"3A010", "3A015", // TP Alb
}

func panelOrder(code jcode.JLAC10) string {
	for i, a := range firstRead {
		if code.Analyte == a {
			return fmt.Sprintf("0%02d%s", i, code.JoinKey())
		}
	}
	return "1" + code.JoinKey()
}
