package kana

import "strings"

// variant maps variant characters of names to the one that [NameKey] holds.
var variant = variantsByRune()

// variants has a group of one name's spellings per word: the common character, then
// its variants. The choice is ours, after the usual spellings of family and given
// names; a group may hold characters that a dictionary keeps apart but people mix
// up, such as 斎 and 斉. Compatibility ideographs (U+F900 to U+FAFF) that Unicode
// itself decomposes are not listed: NFC does that.
const variants = `
野埜壄 高髙 崎﨑嵜㟢 辺邊邉 斎齋齊斉 浜濱濵 吉𠮷 徳德悳 沢澤 広廣 島嶋嶌 桜櫻 国國圀 恵惠 真眞 黒黑 槙槇 瀬瀨 頼賴 富冨 峰峯 竜龍
滝瀧 関關 桧檜 曽曾 荘莊庄 蔵藏 薮藪籔 塚塜 礼禮 穂穗 秋穐龝 稲稻 静靜 清淸 学學 会會 円圓 塩鹽 応應 岡崗 桑桒 柳栁桺 梅楳 条條
来來 栄榮 検檢 横橫 歩步 歳歲 毎每 気氣 浅淺 涼凉 済濟 渋澁澀 温溫 満滿 湾灣 為爲 焼燒 状狀 独獨 瑶瑤 画畫 県縣 研硏 祢禰 糸絲
経經 絵繪 継繼 緑綠 縄繩 続續 総總 聡聰 与與 舎舍 船舩 芦蘆 蒋蔣 薫薰 蝉蟬 衛衞 装裝 覚覺 観觀 訳譯 読讀 豊豐 転轉 軽輕 遥遙 郎郞
郷鄕 酔醉 醸釀 釈釋 鉄鐵銕鉃 銭錢 鋭銳 鎮鎭 隠隱 隣鄰 雑雜 霊靈 青靑 顔顏 館舘 駅驛 験驗 鴎鷗 鶴靏靍寉 麦麥 黄黃 亀龜 弥彌 奥奧
宝寶寳 実實 寛寬 寿壽 対對 尭堯 巌巖 巣巢 帯帶 庁廳 弁辨辯瓣 弐貳 従從 悦悅 懐懷 戸戶 戻戾 抜拔 拝拜 挙擧 揺搖 撃擊 数數 断斷 旧舊
昼晝 暁曉 曳曵 杉杦 松枩 楽樂 様樣 権權 欧歐 歓歡 沖冲 渓溪 柏栢 伝傳 仏佛 価價 党黨 児兒 剣劍劔劒 剰剩 労勞 励勵 勲勳 勧勸 区區
医醫 厳嚴 参參 双雙 収收 号號 営營 囲圍 図圖 団團 圧壓 壮壯 声聲 売賣 変變 姉姊 嬢孃 将將 専專 尽盡 届屆 属屬 岳嶽 峡峽 廻迴 径徑
徴徵 恒恆 戯戲 拡擴 摂攝 晋晉 晃晄 曹曺 殻殼 歯齒 涙淚 淵渊渕 灯燈 点點 焔焰 猪豬 献獻 瓶甁 当當 畳疊 発發 皐皋 盗盜 禄祿 穣穰
竃竈 粋粹 繊纖 群羣 翠翆 聴聽 肇肈 胆膽 芸藝 茎莖 萌萠 蕊蘂 虎乕 虫蟲 蚕蠶 蛍螢 褒襃 誉譽 諌諫 謡謠 譲讓 賛贊 輌輛 辞辭 逓遞 遅遲
錬鍊 鎌鐮 閲閱 闘鬪 陥陷 険險 随隨 韮韭 頚頸 飲飮 餅餠 駆驅 騒騷 髄髓 鯵鰺 鴬鶯 麹麴 麺麵 黙默 鼡鼠 歴歷 暦曆 梼檮 処處 桟棧
刈苅 庵菴 亜亞 台臺 万萬 乗乘 彦彥 顕顯 穏穩 浄淨 増增 凛凜 煕熙熈 昂昻 昇曻 皓晧 園薗 枡桝 壺壷 土圡𡈽 橋𣘺
脇𦚰 欅﨔 櫟檪 篭籠 祷禱 呑吞 侠俠 倶俱 莱萊 繋繫 砺礪 蛎蠣 讃讚 余餘 ケヶ カヵ
`

func variantsByRune() map[rune]rune {
	out := map[rune]rune{}
	for group := range strings.FieldsSeq(variants) {
		runes := []rune(group)
		for _, r := range runes[1:] {
			out[r] = runes[0]
		}
	}
	return out
}
