using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Text.Bpe;

namespace Weft.Text.Files;

/// <summary>
/// What the <c>tokenizer_class</c> of a tokenizer_config.json means for formats that leave it open, after Hugging Face's classes and converters: how text is
/// split and what stands around it. Classes that are not listed keep the convention of the format, except those that number the pieces of a SentencePiece model
/// in their own way, which are refused.
/// </summary>
internal sealed record ClassConvention
{
    private const string Fast = "Fast", Suffix = "Tokenizer";

    private const string Clip = @"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

    private static readonly string[] Renumbering =
        ["Albert", "Barthez", "BigBird", "Camembert", "DebertaV2", "FNet", "M2M100", "MBart", "MBart50", "MLuke", "Nllb", "PLBart", "Reformer", "RemBert", "Speech2Text", "XGLM", "XLMRoberta", "XLMProphetNet", "XLNet"];

    private static readonly ClassConvention Llama = new() { Roles = [("bos_token", "<s>"), ("eos_token", "</s>"), ("unk_token", "<unk>")], AddsBeginning = true };

    private static readonly ClassConvention T5 = new() { Roles = [("eos_token", "</s>"), ("unk_token", "<unk>"), ("pad_token", "<pad>")], AddsEnd = true, ExtraIds = 100 };

    private static readonly ClassConvention Roberta = new()
    {
        Roles = [("bos_token", "<s>"), ("eos_token", "</s>"), ("unk_token", "<unk>"), ("sep_token", "</s>"), ("pad_token", "<pad>"), ("cls_token", "<s>"), ("mask_token", "<mask>")],
        Change = (definition, spaced) => definition with { PostProcessor = Around(definition, spaced, trims: true) },
    };

    private static readonly Dictionary<string, ClassConvention> OfSentencePiece = new()
    {
        ["Llama"] = Llama,
        ["CodeLlama"] = Llama,
        ["Gemma"] = Llama with { Roles = [("bos_token", "<bos>"), ("eos_token", "<eos>"), ("unk_token", "<unk>"), ("pad_token", "<pad>")] },
        ["T5"] = T5,
        ["MT5"] = T5,
        ["Pegasus"] = new()
        {
            Roles = [("eos_token", "</s>"), ("unk_token", "<unk>"), ("pad_token", "<pad>"), ("mask_token", "<mask_2>")],
            AddsEnd = true,
            ReservedPieces = 103,
        },
    };

    private static readonly Dictionary<string, ClassConvention> OfMerges = new()
    {
        ["Roberta"] = Roberta,
        ["Bart"] = Roberta,
        ["Longformer"] = Roberta,
        ["LED"] = Roberta,
        ["Mvp"] = Roberta,
        ["Qwen2"] = new() { Change = (definition, _) => definition with { Normalizer = JsonElement.Parse("""{"type":"NFC"}"""), PreTokenizer = ByteLevelComponents.Splitting([KnownPatterns.Qwen2]) } },
        ["CLIP"] = new()
        {
            Roles = [("bos_token", "<|startoftext|>"), ("eos_token", "<|endoftext|>"), ("unk_token", "<|endoftext|>"), ("sep_token", "<|endoftext|>"), ("cls_token", "<|startoftext|>")],
            Change = (definition, _) => definition with
            {
                Model = new BpeModel(((BpeModel)definition.Model).Definition with { EndOfWordSuffix = "</w>", UnknownToken = "<|endoftext|>" }),
                Normalizer = JsonElement.Parse("""{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Replace","pattern":{"Regex":"\\s+"},"content":" "},{"type":"Lowercase"}]}"""),
                PreTokenizer = ByteLevelComponents.Splitting([Clip], onlyMatches: true, again: true),
                PostProcessor = Around(definition, spaced: false, trims: false),
            },
        },
    };

    /// <summary>Tokens that play parts where no file says so, by Hugging Face's names of the parts.</summary>
    public IReadOnlyList<(string Name, string Token)> Roles { get; private init; } = [];

    /// <summary>Each text begins with its <c>bos_token</c>; null leaves it to the format.</summary>
    public bool? AddsBeginning { get; private init; }

    /// <summary>Each text ends with its <c>eos_token</c>; null likewise.</summary>
    public bool? AddsEnd { get; private init; }

    /// <summary>So many tokens <c>&lt;extra_id_0></c>… stand after the vocabulary, the last one first.</summary>
    public int ExtraIds { get; private init; }

    /// <summary>So many tokens of pretraining stand after the first two pieces.</summary>
    public int ReservedPieces { get; private init; }

    /// <summary>Changes components, told whether a space goes before each text.</summary>
    private Func<TokenizerDefinition, bool, TokenizerDefinition>? Change { get; init; }

    /// <param name="config">A tokenizer_config.json, or null.</param>
    /// <param name="kind">The format beside it.</param>
    /// <exception cref="InvalidDataException">Ids would be others than the class's own.</exception>
    public static ClassConvention? Of(JsonField? config, TokenizerFileKind kind)
    {
        if (config?.Optional("tokenizer_class") is not JsonField field)
            return null;
        string name = field.Text();
        name = name.EndsWith(Fast, StringComparison.Ordinal) ? name[..^Fast.Length] : name;
        name = name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name;
        if (kind == TokenizerFileKind.SentencePiece && Renumbering.Contains(name))
            throw field.Refuse("this class numbers the pieces of a SentencePiece model in its own way; put the tokenizer.json of the model beside it");
        return kind switch
        {
            TokenizerFileKind.SentencePiece => OfSentencePiece.GetValueOrDefault(name),
            TokenizerFileKind.VocabularyJson or TokenizerFileKind.Merges => OfMerges.GetValueOrDefault(name),
            _ => null,
        };
    }

    /// <summary>The definition, its tokens and roles complete, with the components of the class.</summary>
    public TokenizerDefinition Apply(TokenizerDefinition definition, bool spaced) => Change is null ? definition : Change(definition, spaced);

    private static JsonElement Around(TokenizerDefinition definition, bool spaced, bool trims)
    {
        SpecialTokenRoles roles = definition.Settings.Roles;
        if (roles is not { Classification: SpecialToken first, Separator: SpecialToken last })
            return definition.PostProcessor ?? ByteLevelComponents.PostProcessor;
        return SurroundingTemplate.ToElement(new JsonObject
        {
            ["type"] = "RobertaProcessing",
            ["sep"] = new JsonArray(last.Content, last.Id),
            ["cls"] = new JsonArray(first.Content, first.Id),
            ["trim_offsets"] = trims,
            ["add_prefix_space"] = spaced,
        });
    }
}
