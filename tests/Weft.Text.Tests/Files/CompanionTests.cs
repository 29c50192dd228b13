using Weft.Text.Files;

namespace Weft.Text.Tests.Files;

/// <summary>The files beside a tokenizer.</summary>
public sealed class CompanionTests
{
    private static TokenizerJson Good() => TokenizerJson.Of(["a", "b", "<s>"]).Adding(3, "</s>");

    private static Tokenizer Load(params (string Name, string Json)[] files) => Load(Good(), files);

    private static Tokenizer Load(TokenizerJson tokenizer, params (string Name, string Json)[] files)
    {
        using TemporaryFolder folder = Folder(tokenizer, files);
        return Tokenizer.Load(folder.FullName);
    }

    private static TemporaryFolder Folder(TokenizerJson tokenizer, params (string Name, string Json)[] files)
    {
        var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("tokenizer.json"), tokenizer.Bytes);
        foreach ((string name, string json) in files)
            File.WriteAllText(folder.File(name), json);
        return folder;
    }

    [Fact]
    public void Alone_a_tokenizer_has_no_settings()
    {
        TokenizerSettings settings = Load().Settings;
        Assert.Empty(settings.Roles.Named());
        Assert.Empty(settings.EndOfTextIds);
        Assert.True(settings is { ModelMaximumLength: null, LowerCase: null, CleanUpSpaces: null });
    }

    [Fact]
    public void Settings_are_exposed()
    {
        Tokenizer tokenizer = Load(
            ("tokenizer_config.json", """{"model_max_length":512,"do_lower_case":true,"clean_up_tokenization_spaces":false,"bos_token":"<s>","eos_token":{"content":"</s>"},"pad_token":null}"""),
            ("generation_config.json", """{"eos_token_id":[3,2]}"""));
        Assert.True(tokenizer.Settings is { ModelMaximumLength: 512, LowerCase: true, CleanUpSpaces: false });
        Assert.Equal([3, 2], tokenizer.Settings.EndOfTextIds);
        Assert.Equal([("bos_token", new SpecialToken(2, "<s>")), ("eos_token", new SpecialToken(3, "</s>"))], tokenizer.Settings.Roles.Named());
    }

    [Theory]
    [InlineData("1000000000000000019884624838656", null)]
    [InlineData("1e30", null)]
    [InlineData("4096", 4096L)]
    [InlineData("8192.0", 8192L)]
    public void A_length_beyond_all_bounds_is_no_limit(string written, long? expected) =>
        Assert.Equal(expected, Load(("tokenizer_config.json", $$"""{"model_max_length":{{written}}}""")).Settings.ModelMaximumLength);

    [Fact]
    public void A_single_id_ends_a_text() => Assert.Equal([3], Load(("generation_config.json", """{"eos_token_id":3}""")).Settings.EndOfTextIds);

    [Fact]
    public void A_token_that_plays_a_part_becomes_special()
    {
        Assert.False(Load().IsSpecial(2));
        Tokenizer tokenizer = Load(("special_tokens_map.json", """{"bos_token":"<s>"}"""));
        Assert.True(tokenizer.IsSpecial(2));
        Assert.Equal([0, 2, 1], tokenizer.EncodeToIds("a<s>b", parseSpecialTokens: true));
    }

    [Fact]
    public void Missing_tokens_are_added_with_the_next_ids_in_the_order_of_the_files()
    {
        Tokenizer tokenizer = Load(("tokenizer_config.json",
            """{"pad_token":"[PAD]","additional_special_tokens":["<|x|>",{"content":"<|y|>","rstrip":true}],"extra_special_tokens":{"image":"<|i|>"}}"""));
        Assert.Equal(4, tokenizer.TokenToId("[PAD]"));
        Assert.Equal([new(5, "<|x|>"), new(6, "<|y|>"), new(7, "<|i|>")], tokenizer.Settings.Roles.Additional);
        Assert.Equal([6, 0], tokenizer.EncodeToIds("<|y|>  a", parseSpecialTokens: true));
        Assert.Equal(8, tokenizer.VocabularySize);
    }

    [Fact]
    public void The_decoder_of_added_tokens_gives_ids_and_flags()
    {
        Tokenizer tokenizer = Load(("tokenizer_config.json",
            """{"added_tokens_decoder":{"3":{"content":"</s>","special":true,"rstrip":true},"9":{"content":"<t>","special":false,"normalized":false}}}"""));
        Assert.Equal([3, 0, 9, 1], tokenizer.EncodeToIds("</s>  a<t>b", parseSpecialTokens: true));
        Assert.False(tokenizer.IsSpecial(9));
        Assert.Equal(10, tokenizer.VocabularySize);
    }

    [Fact]
    public void Without_a_decoder_added_tokens_have_a_file_of_their_own()
    {
        (string, string)[] files = [("added_tokens.json", """{"<t>":8,"<u>":7}"""), ("special_tokens_map.json", """{"mask_token":"<u>"}""")];
        Tokenizer tokenizer = Load(files);
        Assert.Equal((8, 7), (tokenizer.TokenToId("<t>"), tokenizer.TokenToId("<u>")));
        Assert.Equal((false, true), (tokenizer.IsSpecial(8), tokenizer.IsSpecial(7)));
        Assert.True(Load([.. files, ("tokenizer_config.json", """{"eos_token":"<t>"}""")]).IsSpecial(8));
        Assert.Null(Load([.. files, ("tokenizer_config.json", """{"added_tokens_decoder":{}}""")]).TokenToId("<t>"));
    }

    [Fact]
    public void The_map_comes_first_only_where_the_config_lists_no_tokens()
    {
        (string, string) map = ("special_tokens_map.json", """{"bos_token":"a","eos_token":"b"}""");
        Assert.Equal(0, Load(map, ("tokenizer_config.json", """{"bos_token":"<s>"}""")).Settings.Roles.Beginning!.Id);
        SpecialTokenRoles roles = Load(map, ("tokenizer_config.json", """{"bos_token":"<s>","added_tokens_decoder":{}}""")).Settings.Roles;
        Assert.Equal((2, 1), (roles.Beginning!.Id, roles.End!.Id));
    }

    [Fact]
    public void A_saved_tokenizer_keeps_what_was_added()
    {
        Tokenizer tokenizer = Load(("tokenizer_config.json", """{"added_tokens_decoder":{"9":{"content":"<t>","special":true}}}"""));
        using var folder = new TemporaryFolder();
        tokenizer.Save(folder.FullName);
        Assert.Equal([9], Tokenizer.Load(folder.FullName).EncodeToIds("<t>", parseSpecialTokens: true));
    }

    [Theory]
    [InlineData("tokenizer_config.json", "[]", "its content is []")]
    [InlineData("tokenizer_config.json", "{", "not complete JSON")]
    [InlineData("tokenizer_config.json", "{\"model_max_length\":-1}", "'model_max_length' is -1")]
    [InlineData("tokenizer_config.json", "{\"model_max_length\":\"x\"}", "'model_max_length' is \"x\"")]
    [InlineData("tokenizer_config.json", "{\"model_max_length\":1.5}", "'model_max_length' is 1.5")]
    [InlineData("tokenizer_config.json", "{\"do_lower_case\":1}", "'do_lower_case' is 1")]
    [InlineData("tokenizer_config.json", "{\"clean_up_tokenization_spaces\":\"no\"}", "'clean_up_tokenization_spaces' is \"no\"")]
    [InlineData("tokenizer_config.json", "{\"bos_token\":7}", "'bos_token' is 7")]
    [InlineData("tokenizer_config.json", "{\"bos_token\":{}}", "'bos_token.content' is missing")]
    [InlineData("tokenizer_config.json", "{\"additional_special_tokens\":\"x\"}", "'additional_special_tokens' is \"x\"")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\":[]}", "'added_tokens_decoder' is []")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\":{\"x\":{\"content\":\"y\"}}}", "'added_tokens_decoder.x'")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\":{\"-1\":{\"content\":\"y\"}}}", "'added_tokens_decoder.-1'")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\":{\"4\":{}}}", "'added_tokens_decoder.4.content' is missing")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\":{\"4\":{\"content\":\"</s>\"}}}", "'</s>' id 3, not 4")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\":{\"3\":{\"content\":\"y\"}}}", "id 3 to '</s>', not to 'y'")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\":{\"0\":{\"content\":\"y\"}}}", "id 0 to 'a', not to 'y'")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\":{\"4\":{\"content\":\"y\"},\"5\":{\"content\":\"y\"}}}", "'y' id 4, not 5")]
    [InlineData("special_tokens_map.json", "3", "its content is 3")]
    [InlineData("special_tokens_map.json", "{\"mask_token\":[]}", "'mask_token' is []")]
    [InlineData("added_tokens.json", "{\"x\":\"1\"}", "'x' is \"1\"")]
    [InlineData("added_tokens.json", "{\"a\":5}", "'a' id 0, not 5")]
    [InlineData("generation_config.json", "{\"eos_token_id\":\"3\"}", "'eos_token_id' is \"3\"")]
    [InlineData("generation_config.json", "{\"eos_token_id\":[3,null]}", "'eos_token_id' is [3,null]")]
    [InlineData("generation_config.json", "{\"eos_token_id\":-1}", "'eos_token_id' is -1")]
    public void A_bad_file_is_named_with_field_and_value(string name, string json, string part)
    {
        using TemporaryFolder folder = Folder(Good(), (name, json));
        var error = Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.FullName));
        Assert.StartsWith(folder.File(name) + ": ", error.Message, StringComparison.Ordinal);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("true", "true", new[] { 2, 0, 3 }, new[] { 2, 0, 3, 2, 1, 3 })]
    [InlineData("true", "false", new[] { 2, 0 }, new[] { 2, 0, 2, 1 })]
    [InlineData("false", "null", new[] { 0 }, new[] { 0, 1 })]
    [InlineData("null", "true", new[] { 0, 3 }, new[] { 0, 3, 1, 3 })]
    public void Where_the_format_leaves_it_open_the_config_says_what_stands_around_a_text(string beginning, string end, int[] single, int[] pair)
    {
        string config = $$"""{"add_bos_token":{{beginning}},"add_eos_token":{{end}},"bos_token":"<s>","eos_token":"</s>"}""";
        foreach (string processor in new[] { "null", TokenizerJson.ByteLevel })
        {
            TokenizerJson json = Good().With("post_processor", processor);
            Tokenizer tokenizer = Complete(json, config, TokenizerFileKind.SentencePiece);
            Assert.Equal(single, tokenizer.EncodeToIds("a"));
            Assert.Equal(pair, tokenizer.EncodePair("a", "b").Ids);
            // A tokenizer.json says it itself.
            Assert.Equal([0], Complete(json, config, TokenizerFileKind.TokenizerJson).EncodeToIds("a"));
        }
    }

    [Fact]
    public void What_a_format_knows_itself_stays_where_the_files_are_silent()
    {
        TokenizerDefinition known = TokenizerReader.Read(Good().Bytes, "x") with
        {
            Settings = new() { Roles = new() { Beginning = new(2, "<s>"), End = new(0, "a") }, ModelMaximumLength = 9, EndOfTextIds = [1] },
        };
        using TemporaryFolder folder = Folder(Good(), ("tokenizer_config.json", """{"eos_token":"</s>","add_bos_token":true}"""));
        var tokenizer = new Tokenizer(CompanionFiles.Beside(folder.File("tokenizer.json")).Complete(known, TokenizerFileKind.SentencePiece), "x");
        Assert.Equal([("bos_token", new SpecialToken(2, "<s>")), ("eos_token", new SpecialToken(3, "</s>"))], tokenizer.Settings.Roles.Named());
        Assert.Equal((9L, 1), (tokenizer.Settings.ModelMaximumLength, Assert.Single(tokenizer.Settings.EndOfTextIds)));
        Assert.Equal([2, 0], tokenizer.EncodeToIds("a"));
    }

    [Fact]
    public void A_beginning_that_no_token_marks_is_refused()
    {
        var error = Assert.Throws<InvalidDataException>(() => Complete(Good(), """{"add_bos_token":true}""", TokenizerFileKind.Tiktoken));
        Assert.Contains("'add_bos_token' is true", error.Message, StringComparison.Ordinal);
        Assert.Contains("bos_token", error.Message, StringComparison.Ordinal);
    }

    private static Tokenizer Complete(TokenizerJson json, string config, TokenizerFileKind kind)
    {
        using TemporaryFolder folder = Folder(json, ("tokenizer_config.json", config));
        string file = folder.File("tokenizer.json");
        return new Tokenizer(CompanionFiles.Beside(file).Complete(TokenizerReader.Read(json.Bytes, file), kind), file);
    }
}
