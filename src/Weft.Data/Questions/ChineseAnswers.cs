using System.Text.RegularExpressions;

namespace Weft.Data;

/// <summary>Parts of a Chinese sentence that look like answers, by patterns of characters.</summary>
internal static partial class ChineseAnswers
{
    /// <summary>Characters that join words; a run of others between two of them may be one.</summary>
    private const string Function = "的了在是和与及或于被把将对从向由为以到至等之而并且也都就但则却又还再只不没无有这那其该此每各某个些我你他她它们己上下中里内外前后时着过地得所使让令给用因如若虽";

    /// <inheritdoc cref="AnswerCandidate.Find"/>
    public static IReadOnlyList<AnswerCandidate> Find(string text, TextSpan sentence)
    {
        List<AnswerCandidate> found = [];
        void Add(Regex pattern, AnswerKind kind, string word)
        {
            foreach (Match match in sentence.Matches(pattern, text))
            {
                Group inner = match.Groups["inner"];
                TextSpan hole = new(match.Index, match.Index + match.Length), answer = new(inner.Index, inner.Index + inner.Length);
                // A date is no number, and what has no mark around it is taken once.
                if (answer != hole || !found.Exists(other => other.Hole.Start < hole.End && hole.Start < other.Hole.End))
                    found.Add(new(answer, hole, word, kind));
            }
        }
        Add(Date(), AnswerKind.Date, "何时");
        Add(Number(), AnswerKind.Number, "多少");
        Add(Title(), AnswerKind.Quotation, "什么");
        Add(Quotation(), AnswerKind.Quotation, "什么");
        Add(Latin(), AnswerKind.Name, "什么");
        Add(Phrase(), AnswerKind.Phrase, "什么");
        return found;
    }

    [GeneratedRegex("(?<inner>(?:公元前? ?)?(?:(?<![0-9])[0-9]{3,4}|[一二三四五六七八九〇零]{4}) ?年(?: ?[0-9一二三四五六七八九十]{1,3} ?月(?: ?[0-9一二三四五六七八九十]{1,3} ?[日号])?)?"
        + "|(?<![0-9])[0-9]{1,2} ?月 ?[0-9]{1,2} ?[日号]|(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3}) ?世纪(?: ?[0-9]{2} ?年代)?|[0-9]{2,4} ?年代)")]
    private static partial Regex Date();

    [GeneratedRegex("(?<inner>(?<![0-9A-Za-z.,–-])[0-9]+(?:[,，][0-9]{3})*(?:\\.[0-9]+)?(?: ?[%％]|(?: ?[十百千万亿]+)?(?= ?[\\u4E00-\\u9FFF]))"
        + "|(?<![第一二三四五六七八九十百千万亿几数])(?!十分(?!钟))(?:[二两三四五六七八九]|[一二三四五六七八九]?[十百千万亿][一二三四五六七八九十百千万亿零]*)"
        + "(?=[名位个种岁年天月人座艘部场米吨元分秒次届支项倍颗辆层所本架条张件家篇句票周步国]))")]
    private static partial Regex Number();

    [GeneratedRegex("《(?<inner>[^《》]{1,30})》")]
    private static partial Regex Title();

    [GeneratedRegex("[“「『]\\s*(?<inner>[^“”「」『』。！？\\s][^“”「」『』。！？]{0,14}[^“”「」『』。！？，、\\s])\\s*[，、]?[”」』]")]
    private static partial Regex Quotation();

    [GeneratedRegex("(?<inner>(?<![\\p{Lu}\\p{Ll}0-9])\\p{Lu}[\\p{Lu}\\p{Ll}0-9.'-]*[\\p{Lu}\\p{Ll}0-9](?: (?:(?:von|van|de|of|the) )*\\p{Lu}[\\p{Lu}\\p{Ll}0-9.'-]*[\\p{Lu}\\p{Ll}0-9])*)")]
    private static partial Regex Latin();

    [GeneratedRegex("(?<=[" + Function + "，、：；（“《])(?<inner>(?:(?![" + Function + "])[\\u4E00-\\u9FFF]){2,6})(?=[" + Function + "，、。；（）”！？])")]
    private static partial Regex Phrase();
}
