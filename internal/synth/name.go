package synth

import (
	"slices"
	"strings"

	"mizuhiki.dev/mizuhiki/internal/format/clinical"
	"mizuhiki.dev/mizuhiki/internal/synth/dice"
)

// word is a name in kanji and kana.
type word struct{ kanji, kana string }

func words(list string) []word {
	var out []word
	for pair := range strings.FieldsSeq(list) {
		kanji, kana, _ := strings.Cut(pair, "/")
		out = append(out, word{kanji, kana})
	}
	return out
}

var families = words(`
佐藤/サトウ 鈴木/スズキ 高橋/タカハシ 田中/タナカ 伊藤/イトウ 渡辺/ワタナベ 山本/ヤマモト 中村/ナカムラ 小林/コバヤシ 加藤/カトウ
吉田/ヨシダ 山田/ヤマダ 佐々木/ササキ 山口/ヤマグチ 松本/マツモト 井上/イノウエ 木村/キムラ 林/ハヤシ 斎藤/サイトウ 清水/シミズ
山崎/ヤマザキ 森/モリ 池田/イケダ 橋本/ハシモト 阿部/アベ 石川/イシカワ 前田/マエダ 藤田/フジタ 小川/オガワ 岡田/オカダ
後藤/ゴトウ 長谷川/ハセガワ 村上/ムラカミ 近藤/コンドウ 石井/イシイ 坂本/サカモト 遠藤/エンドウ 青木/アオキ 藤井/フジイ 西村/ニシムラ
福田/フクダ 太田/オオタ 三浦/ミウラ 岡本/オカモト 松田/マツダ 中島/ナカジマ 原田/ハラダ 小野/オノ 竹内/タケウチ 金子/カネコ
沢田/サワダ 浜田/ハマダ 広瀬/ヒロセ 桜井/サクライ 国分/コクブ 島村/シマムラ 宮下/ミヤシタ 北原/キタハラ 熊谷/クマガイ 塩沢/シオザワ
`)

var men = words(`
茂/シゲル 清/キヨシ 正/タダシ 勇/イサム 実/ミノル 弘/ヒロシ 進/ススム 勝/マサル 修/オサム 豊/ユタカ
一郎/イチロウ 健一/ケンイチ 和夫/カズオ 幸雄/ユキオ 昭二/ショウジ 哲也/テツヤ 誠/マコト 隆/タカシ 浩/ヒロシ 大輔/ダイスケ
拓也/タクヤ 翔太/ショウタ 健太/ケンタ 直樹/ナオキ 亮/リョウ 悠真/ユウマ 陽翔/ハルト 蓮/レン 三郎/サブロウ 義雄/ヨシオ
`)

var women = words(`
和子/カズコ 幸子/サチコ 節子/セツコ 洋子/ヨウコ 弘子/ヒロコ 文子/フミコ 美代子/ミヨコ 千代子/チヨコ 富子/トミコ 芳子/ヨシコ
恵子/ケイコ 京子/キョウコ 由美子/ユミコ 久美子/クミコ 明美/アケミ 真由美/マユミ 直美/ナオミ 智子/トモコ 裕子/ユウコ 陽子/ヨウコ
愛/アイ 美咲/ミサキ 彩/アヤ 葵/アオイ 結衣/ユイ 陽菜/ヒナ 凛/リン きよ/キヨ はる/ハル 千鶴/チヅル
`)

func given(sex clinical.Sex) []word {
	if sex == clinical.Female {
		return women
	}
	return men
}

// older spellings of family names, as one facility writes them and another does not.
// All stand in JIS X 0208, which is all that SS-MIX2 carries.
var older = map[string]string{
	"渡辺": "渡邊", "斎藤": "齋藤", "沢田": "澤田", "浜田": "濱田", "広瀬": "廣瀬", "桜井": "櫻井", "国分": "國分", "島村": "嶋村", "塩沢": "鹽澤",
}

// newer is a spelling that a clerk types and no storage carries.
var newer = map[string]string{"高橋": "髙橋", "山崎": "山﨑"}

// maidenName draws a family name that sounds other than the present one.
func maidenName(d dice.Dice, nowKana string) word {
	for {
		if w := dice.Pick(d, families); w.kana != nowKana {
			return w
		}
	}
}

// nameOf finds a family name by its characters.
func nameOf(kanji string) (word, bool) {
	i := slices.IndexFunc(families, func(w word) bool { return w.kanji == kanji })
	if i < 0 {
		return word{}, false
	}
	return families[i], true
}

type name struct{ family, given word }

// staffName gives the nth name of staff; staff and patients share no stream of chance.
func staffName(n int) name {
	family := families[(n*17+5)%len(families)]
	if n%2 == 0 {
		return name{family, women[(n*7+3)%len(women)]}
	}
	return name{family, men[(n*11+2)%len(men)]}
}
