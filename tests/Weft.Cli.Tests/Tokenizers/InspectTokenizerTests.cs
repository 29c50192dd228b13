using System.Text.Json;
using System.Xml.Linq;
using Weft.Cli.Tokenizers;
using Weft.Cli.Tokenizers.Page;

namespace Weft.Cli.Tests.Tokenizers;

/// <summary><c>weft tokenizer inspect</c> and its page.</summary>
public sealed class InspectTokenizerTests
{
    private const string Markup = "<script>alert(1)</script> & \"x\" ' ]]> é😀\n\ttab";

    [Fact]
    public void The_parts_and_the_compression_are_told()
    {
        using var saved = new SavedTokenizer();
        CommandRun run = CommandRun.Of("tokenizer", "inspect", saved.Folder);
        string output = run.OutputOfSuccess();
        Assert.Matches("model +BPE", output);
        Assert.Matches("vocabulary +282 ids", output);
        Assert.Matches("decoder +ByteLevel", output);
        Assert.Matches(@"\n +0  <\|endoftext\|>\r?\n", output);
        foreach (NamedText sample in SampleTexts.All)
            Assert.Contains($"\n  {sample.Name} ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_has_exactly_the_promised_keys_and_counts()
    {
        using var saved = new SavedTokenizer();
        File.WriteAllText(saved.File("notes.txt"), Markup);
        JsonElement json = CommandRun.Of("tokenizer", "inspect", saved.Folder, "--text", saved.File("notes.txt"), "--json").Json;
        Assert.Equal(["model", "vocabulary_size", "components", "special_tokens", "compression"], CommandRun.Keys(json));
        JsonElement last = json.GetProperty("compression").EnumerateArray().Last();
        Assert.Equal(["name", "characters", "bytes", "tokens", "unknown_characters"], CommandRun.Keys(last));
        Assert.Equal(Markup.EnumerateRunes().Count(), last.GetProperty("characters").GetInt32());
        Assert.Equal(saved.Tokenizer.EncodeToIds(Markup).Length, last.GetProperty("tokens").GetInt32());
    }

    [Fact]
    public void What_the_vocabulary_does_not_know_is_counted_apart()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"),
            """{"model":{"type":"BPE","unk_token":"<unk>","vocab":{"<unk>":0,"a":1},"merges":[]},"added_tokens":[{"id":0,"content":"<unk>","special":true}]}""");
        TextCompression text = TextCompression.Of(Weft.Text.Tokenizer.Load(folder.FullName), new("x", null, "aa😀é"));
        Assert.Equal((4L, 8L, 4L), (text.Characters, text.Bytes, text.Tokens));
        Assert.Equal((2L, 6L, 2L), text.Unknown);
        Assert.Equal((1.0, 1.0, 0.5), (text.TokensPerCharacter, text.BytesPerToken, text.UnknownShare));
        Assert.Null(TextCompression.Of(Weft.Text.Tokenizer.Load(folder.FullName), new("x", null, "é")).BytesPerToken);
    }

    [Fact]
    public void The_page_is_whole_holds_no_markup_of_the_text_and_needs_no_network()
    {
        using var saved = new SavedTokenizer();
        File.WriteAllText(saved.File("notes.txt"), Markup);
        CommandRun run = CommandRun.Of("tokenizer", "inspect", saved.Folder, "--text", saved.File("notes.txt"), "--out", saved.File("page.html"));
        Assert.Contains("page.html", run.Error, StringComparison.Ordinal);
        string html = File.ReadAllText(saved.File("page.html"));
        var page = XDocument.Parse(html.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal), LoadOptions.PreserveWhitespace);
        Assert.Single(page.Descendants("script"));
        Assert.DoesNotContain("http", html, StringComparison.OrdinalIgnoreCase);
        XElement shown = page.Descendants("p").Last(p => (string?)p.Attribute("class") == "tokens");
        Assert.Equal(Markup.Replace("\n", "↵\n", StringComparison.Ordinal).Replace("\t", "→\t", StringComparison.Ordinal), shown.Value);
        int tokens = shown.Elements("span").Where(span => span.Attribute("data-tip") is not null).Sum(span => span.Attribute("data-tip")!.Value.Split("id ").Length - 1);
        Assert.Equal(saved.Tokenizer.EncodeToIds(Markup).Length, tokens);
        Assert.Equal(SampleTexts.All.Count + 1, page.Descendants("article").Count());
    }

    [Fact]
    public void Pieces_of_a_text_make_the_text_and_bytes_of_a_shared_character_are_dealt_out()
    {
        using var saved = new SavedTokenizer();
        foreach (string text in SampleTexts.All.Select(sample => sample.Text).Append("é😀").Append(""))
        {
            TokenGroup[] groups = [.. TokenGroups.Of(saved.Tokenizer, text)];
            Assert.Equal(text, string.Concat(groups.Select(group => group.Text)));
            Assert.Equal(saved.Tokenizer.EncodeToIds(text), groups.SelectMany(group => group.Tokens).Select(token => token.Id));
        }
        TokenGroup emoji = TokenGroups.Of(saved.Tokenizer, "😀").Single();
        Assert.Equal(["F0", "9F", "98", "80"], emoji.Tokens.Select(token => Convert.ToHexString(token.Bytes.Span)));
    }
}
