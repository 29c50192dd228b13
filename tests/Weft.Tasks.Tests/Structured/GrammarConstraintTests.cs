using System.Text.Json;
using Weft.Inference;
using Weft.Text;

namespace Weft.Tasks.Tests.Structured;

/// <summary>The tokens that a constraint allows against a plain twin, which tries the bytes of every token one by one.</summary>
public sealed class GrammarConstraintTests
{
    private const string Schema = """
        {"type":"object","properties":{"name":{"type":"string","maxLength":20},"größe":{"type":"number","minimum":-1.5,"maximum":250},"tags":{"type":"array","items":{"enum":["red","green","grey"]}},"more":{}},"required":["name"]}
        """;

    [Theory]
    [InlineData("tokenizers/gpt2", 50256, Schema, "true")]
    [InlineData("tokenizers/llama2/tokenizer.json", 2, Schema, "true")]
    [InlineData("models/tinystories-656k/tokenizer.json", 2, """{"type":["string","integer"]}""", """{"maxLength":50}""")]
    public void The_allowed_tokens_are_those_whose_bytes_may_follow(string asset, int end, params string[] schemas)
    {
        Tokenizer tokenizer = Tokenizer.Load(TestAssets.Require(asset));
        byte[][] tokens = [.. Enumerable.Range(0, tokenizer.VocabularySize).Select(tokenizer.GetTokenBytes)];
        int steps = 0, ends = 0;
        foreach (string schema in (string[])[.. schemas, """{"type":"integer","maximum":999}"""])
        {
            ByteGrammar grammar = JsonSchemaGrammar.Of(JsonElement.Parse(schema));
            var constraint = new GrammarConstraint(TokenBytes.Of(tokenizer), grammar, [end]);
            for (int seed = 0; seed < 3; seed++)
            {
                var random = new Random(seed);
                var twin = new GrammarAutomaton(grammar);
                GrammarState state = twin.Start;
                ITokenConstraintState text = constraint.Begin();
                for (int step = 0; step < 12 && !text.MustEnd; step++)
                {
                    int[] expected = [.. Enumerable.Range(0, tokens.Length).Where(id => id == end ? state.IsComplete : tokens[id].Length > 0 && !twin.Next(state, tokens[id]).IsDead)];
                    Assert.Equal(expected, Allowed(text));
                    Assert.Equal(state.IsComplete, text.MayEnd);
                    int[] chosen = [.. expected.Where(id => id != end)];
                    int next = chosen[random.Next(chosen.Length)];
                    text.Accept(next);
                    state = twin.Next(state, tokens[next]);
                    steps++;
                    ends += state.IsComplete ? 1 : 0;
                }
            }
        }
        Assert.True(steps > 50 && ends > 3, $"{steps} steps, {ends} of them where a text may end");
    }

    [Fact]
    public void The_trie_of_a_tokenizer_is_made_once_and_has_its_bytes()
    {
        Tokenizer tokenizer = Tokenizer.Load(TestAssets.Require("models/tinystories-656k/tokenizer.json"));
        TokenBytes tokens = TokenBytes.Of(tokenizer);
        Assert.Same(tokens, TokenBytes.Of(tokenizer));
        Assert.Equal(tokenizer.VocabularySize, tokens.Count);
        for (int id = 0; id < tokens.Count; id++)
            Assert.Equal(tokenizer.GetTokenBytes(id), tokens[id]);
    }

    [Fact]
    public void What_ends_a_text_ends_it_only_where_it_is_whole()
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = Bytes(folder);
        // A letter is made the token that ends a text: it is no letter any more.
        int end = tokenizer.EncodeToIds("e")[0], zero = tokenizer.EncodeToIds("0")[0], t = tokenizer.EncodeToIds("t")[0], r = tokenizer.EncodeToIds("r")[0], u = tokenizer.EncodeToIds("u")[0];
        ITokenConstraint constraint = JsonConstraint.Create(tokenizer, JsonElement.Parse("""{"anyOf":[{"const":true},{"type":"integer","minimum":0,"maximum":1}]}"""), [end]);
        ITokenConstraintState text = constraint.Begin();
        Assert.DoesNotContain(end, Allowed(text));
        Assert.Throws<ArgumentException>(() => text.Accept(end));
        Assert.Throws<ArgumentException>(() => text.Accept(u));
        Assert.Throws<ArgumentException>(() => text.Accept(tokenizer.VocabularySize + 5));
        text.Accept(zero);
        Assert.True(text.MayEnd && text.MustEnd);
        Assert.Equal([end], Allowed(text));
        text = constraint.Begin();
        foreach (int id in new[] { t, r, u })
            text.Accept(id);
        NotSupportedException error = Assert.Throws<NotSupportedException>(() => { text.GetAllowedIds(); });
        Assert.Contains("one of 'e' here", error.Message, StringComparison.Ordinal);
        text = JsonConstraint.Create(tokenizer, JsonElement.Parse("""{"type":"integer"}"""), [end]).Begin();
        text.Accept(tokenizer.EncodeToIds("7")[0]);
        Assert.True(text is { MayEnd: true, MustEnd: false });
        Assert.Contains(end, Allowed(text));
        text.Accept(end);
        Assert.True(text.MustEnd);
    }

    [Fact]
    public void Beyond_its_memory_it_begins_anew_and_allows_the_same()
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = Bytes(folder);
        ITokenConstraint constraint = JsonConstraint.Create(tokenizer, JsonElement.Parse("""{"type":"string","minLength":200000}"""));
        ITokenConstraintState text = constraint.Begin();
        int a = tokenizer.EncodeToIds("a")[0];
        text.Accept(tokenizer.EncodeToIds("\"")[0]);
        int[] first = Allowed(text);
        // Each number of characters that are left is a state of its own.
        for (int i = 0; i < 150_000; i++)
        {
            text.Accept(a);
            if (i % 10_000 == 0)
                Assert.Equal(first, Allowed(text));
        }
        Assert.Equal(first, Allowed(text));
    }

    [Fact]
    public void A_schema_that_nothing_satisfies_and_tokens_without_bytes_are_refused()
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = Bytes(folder);
        Assert.Contains("no JSON", Assert.Throws<ArgumentException>(() => JsonConstraint.Create(tokenizer, JsonElement.Parse("false"))).Message, StringComparison.Ordinal);
        using TaskModel words = TaskModel.Llama(WordTokenizer.Chat);
        Assert.Contains("bytes of its own", Assert.Throws<NotSupportedException>(() => JsonConstraint.Create(words.Model.Tokenizer)).Message, StringComparison.Ordinal);
    }

    /// <summary>A tokenizer of single bytes.</summary>
    internal static Tokenizer Bytes(TemporaryFolder folder)
    {
        string path = folder.File("tokenizer.json");
        ByteLevelBpeTrainer.Train(["no merge"], new() { VocabularySize = 257 }, null, TestContext.Current.CancellationToken).Save(path);
        return Tokenizer.Load(path);
    }

    private static int[] Allowed(ITokenConstraintState text)
    {
        ReadOnlySpan<ulong> words = text.GetAllowedIds();
        List<int> ids = [];
        for (int id = 0; id < words.Length * 64; id++)
            if (((words[id / 64] >> (id % 64)) & 1) != 0)
                ids.Add(id);
        return [.. ids];
    }
}
