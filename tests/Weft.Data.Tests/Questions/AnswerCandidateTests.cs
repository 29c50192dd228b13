namespace Weft.Data.Tests.Questions;

/// <summary>What looks like an answer, and what its question asks with.</summary>
public class AnswerCandidateTests
{
    [Theory]
    // Dates.
    [InlineData("The ship was launched on March 17, 1942 in a small port.", "when: March 17, 1942", "on March 17, 1942")]
    [InlineData("He died on 3 June 1881 and was buried there.", "when: 3 June 1881", "on 3 June 1881")]
    [InlineData("The mill was built in 1758 by some brothers.", "when: 1758", "in 1758")]
    [InlineData("It was popular during the 1990s with students.", "when: 1990s", "during the 1990s")]
    [InlineData("The walls go back to the 12th century and stand.", "when: 12th century", "the 12th century")]
    [InlineData("The walls have stood since August with few repairs.", "when: August", "August")]
    // Numbers.
    [InlineData("The lake has 1,200 islands and a ferry.", "how many: 1,200", "1,200")]
    [InlineData("The city has 2.5 million inhabitants and a port.", "how many: 2.5 million", "2.5 million")]
    [InlineData("They sold it for $5 million to a bank.", "how much: $5 million", "$5 million")]
    [InlineData("Only about 45% of them voted at all.", "how much: 45%", "45%")]
    [InlineData("About 1500 soldiers came up from the south.", "how many: 1500", "1500")]
    [InlineData("Then came the three brothers with them.", "how many: three", "the three")]
    // Names.
    [InlineData("It was described by Carl Linnaeus and others.", "who: Carl Linnaeus", "Carl Linnaeus")]
    [InlineData("They were sent by John F. Kennedy to talk.", "who: John F. Kennedy", "John F. Kennedy")]
    [InlineData("Then it rained in New York and on us.", "where: New York", "in New York")]
    [InlineData("They ran south to Group H. A mask was there.", "who: Group H", "Group H")]
    [InlineData("They lived off the Bay of Biscay and sailed.", "what: Bay of Biscay", "the Bay of Biscay")]
    [InlineData("Then it became Lovelace's engine for them.", "whose: Lovelace", "Lovelace's")]
    // Quotations.
    [InlineData("They call it the \"sand vein,\" and so do we.", "what: sand vein", "\"sand vein,\"")]
    [InlineData("They call it “red lobster” when it is not.", "what: red lobster", "“red lobster”")]
    public void Telling_parts_of_English_are_found_with_their_words(string sentence, string expected, string hole)
    {
        AnswerCandidate found = Assert.Single(Find(sentence), candidate => candidate.Kind != AnswerKind.Phrase);
        Assert.Equal(expected, $"{found.Word}: {found.Answer.In(sentence)}");
        Assert.Equal(hole, found.Hole.In(sentence));
    }

    [Theory]
    [InlineData("The claws were covered by the hard exoskeleton and hurt.", "The claws|the hard exoskeleton")]
    [InlineData("This lobster's claws are a delicacy.", "This lobster's|a delicacy")]
    [InlineData("They saw the old wooden bridge, which is quickly the worst there.", "the old wooden bridge|the worst")]
    [InlineData("They were near the end of a very long and quite narrow road.", "")]
    public void Runs_of_ordinary_words_follow_an_article_or_its_like(string sentence, string expected) =>
        Assert.Equal(expected, string.Join('|', Find(sentence).Where(candidate => candidate.Kind == AnswerKind.Phrase).Select(candidate => candidate.Hole.In(sentence))));

    [Theory]
    // The first capital of a sentence, or of one within quotation marks, says nothing.
    [InlineData("Yesterday it rained and then I left with him.")]
    [InlineData("Homarus Gammarus lives among stones.")]
    [InlineData("He said: \"Educate yourself by all that you can!\" and left with her.")]
    [InlineData("They may march as they will.")]
    [InlineData("On Monday they left with him.")]
    [InlineData("They beat German soldiers with sticks.")]
    [InlineData("They went to Temple I and looked at it.")]
    [InlineData("See Figure 3 for more, or page 5.")]
    public void Nothing_telling_is_found_where_nothing_is(string sentence) =>
        Assert.DoesNotContain(Find(sentence), candidate => candidate.Kind != AnswerKind.Phrase);

    [Theory]
    [InlineData("林奈于1758年命名了它。", "何时: 1758年")]
    [InlineData("他出生于公元前 259 年，后来统一了六国。", "何时: 公元前 259 年|多少: 六")]
    [InlineData("会议在一九四九年十月一日举行。", "何时: 一九四九年十月一日")]
    [InlineData("这座教堂建于 12 世纪。", "何时: 12 世纪")]
    [InlineData("比赛还剩 17 秒时他得分。", "多少: 17")]
    [InlineData("该镇有 2.5万 名居民。", "多少: 2.5万")]
    [InlineData("天主教徒占 56.2%。", "多少: 56.2%")]
    [InlineData("他得了两次冠军，也是第三名。", "多少: 两")]
    [InlineData("曹雪芹写了《红楼梦》。", "什么: 红楼梦")]
    [InlineData("它被称为“沙线”，可以吃。", "什么: 沙线")]
    [InlineData("他在 Poznań 读书，后来加入NFL。", "什么: Poznań|什么: NFL")]
    [InlineData("工程师Carl von Linde沿SR99公路走。", "什么: Carl von Linde|什么: SR99")]
    [InlineData("他们只是一直走，十分慢。", "")]
    public void Telling_parts_of_Chinese_are_found_with_their_words(string sentence, string expected) =>
        Assert.Equal(expected, string.Join('|', Find(sentence).Where(candidate => candidate.Kind != AnswerKind.Phrase).Select(candidate => $"{candidate.Word}: {candidate.Answer.In(sentence)}")));

    [Fact]
    public void Runs_of_Chinese_between_characters_that_join_words_are_found()
    {
        const string sentence = "由于糟糕的财务状况，该队从顶级联赛降级。";
        Assert.Equal(["糟糕", "财务状况", "顶级联赛降级"], Find(sentence).Where(candidate => candidate.Kind == AnswerKind.Phrase).Select(candidate => candidate.Answer.In(sentence)));
        Assert.All(Find(sentence), candidate => Assert.Equal(candidate.Answer, candidate.Hole));
    }

    [Fact]
    public void A_sentence_sees_nothing_of_its_neighbours()
    {
        const string text = "It opened in \"1758. The mayor came with \"Ann\" in 1812 to see it.";
        int start = text.IndexOf("The", StringComparison.Ordinal);
        Assert.Equal(["1812", "Ann"], AnswerCandidate.Find(text, new(start, text.Length)).Where(candidate => candidate.Kind != AnswerKind.Phrase).Select(candidate => candidate.Answer.In(text)));
    }

    private static IReadOnlyList<AnswerCandidate> Find(string sentence) => AnswerCandidate.Find(sentence, new(0, sentence.Length));
}
