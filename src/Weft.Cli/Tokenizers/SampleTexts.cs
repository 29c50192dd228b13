namespace Weft.Cli.Tokenizers;

/// <summary>The same two sentences in several languages, and a line of code: enough to see which ones a vocabulary knows.</summary>
internal static class SampleTexts
{
    public static readonly IReadOnlyList<NamedText> All =
    [
        new("English", "en", "The weaver sets up her loom before dawn. By evening the cloth is as long as the room, and every thread lies where it belongs."),
        new("German", "de", "Die Weberin richtet ihren Webstuhl vor der Dämmerung ein. Am Abend ist das Tuch so lang wie das Zimmer, und jeder Faden liegt, wo er hingehört."),
        new("French", "fr", "La tisserande prépare son métier avant l'aube. Le soir, l'étoffe est aussi longue que la pièce, et chaque fil est à sa place."),
        new("Spanish", "es", "La tejedora prepara su telar antes del amanecer. Por la tarde, la tela es tan larga como la habitación y cada hilo está en su sitio."),
        new("Turkish", "tr", "Dokumacı tezgâhını şafaktan önce kurar. Akşama kumaş oda kadar uzundur ve her iplik olması gereken yerdedir."),
        new("Vietnamese", "vi", "Người thợ dệt chuẩn bị khung cửi trước bình minh. Đến chiều, tấm vải đã dài bằng căn phòng, và mỗi sợi chỉ nằm đúng chỗ của nó."),
        new("Russian", "ru", "Ткачиха готовит станок до рассвета. К вечеру полотно длиной с комнату, и каждая нить лежит там, где ей положено."),
        new("Greek", "el", "Η υφάντρα στήνει τον αργαλειό της πριν από την αυγή. Το βράδυ το ύφασμα είναι μακρύ όσο το δωμάτιο και κάθε κλωστή βρίσκεται στη θέση της."),
        new("Arabic", "ar", "تُعِدّ النسّاجة نولها قبل الفجر. وفي المساء يكون القماش بطول الغرفة، وكل خيط في مكانه."),
        new("Hindi", "hi", "बुनकर भोर से पहले अपना करघा तैयार करती है। शाम तक कपड़ा कमरे जितना लंबा हो जाता है, और हर धागा अपनी जगह पर होता है।"),
        new("Chinese", "zh", "织工在黎明前架好织机。到了傍晚，布已经和房间一样长，每根线都在该在的地方。"),
        new("Japanese", "ja", "織り手は夜明け前に機を整える。夕方には布は部屋と同じ長さになり、どの糸もあるべき場所にある。"),
        new("Korean", "ko", "직공은 동이 트기 전에 베틀을 준비한다. 저녁이면 천은 방만큼 길어지고, 모든 실이 제자리에 있다."),
        new("C#", null, "foreach (Thread thread in loom.Threads.OrderBy(t => t.Row))\n    cloth.Add(thread, length: 1.5f); // 🧵"),
    ];
}
