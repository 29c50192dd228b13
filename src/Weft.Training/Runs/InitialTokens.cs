using Weft.Text;

namespace Weft.Training.Runs;

/// <summary>
/// Which ids of the tokenizer of a model to begin with play the parts that objectives of encoders need: found in what the tokenizer puts around a
/// text, in the files beside it, and in what the model says of itself.
/// </summary>
internal sealed record InitialTokens
{
    /// <summary>Any text that a tokenizer makes tokens of.</summary>
    private const string Probe = "a";

    /// <summary>Names of a part where no file beside the tokenizer says which token plays it.</summary>
    private static readonly string[] MaskNames = ["[MASK]", "<mask>"], PaddingNames = ["[PAD]", "<pad>"], BeginNames = ["[CLS]", "<s>"];

    /// <summary>Fills rows; null where nothing does.</summary>
    public int? Padding { get; init; }

    /// <summary>Stands before a text; null for nothing.</summary>
    public int? Begin { get; init; }

    /// <summary>Stands before a target; null for nothing.</summary>
    public int? TargetBegin { get; init; }

    /// <summary>What stands before a text is its language, and the model does not say which one its targets have.</summary>
    public bool LacksTargetLanguage { get; init; }

    /// <summary>Stands after a text; null for nothing.</summary>
    public int? End { get; init; }

    /// <summary>Stands for what is hidden; null for nothing.</summary>
    public int? Mask { get; init; }

    /// <summary>What a decoder beside an encoder begins with; null for other models.</summary>
    public int? Start { get; init; }

    /// <summary>The first sentinel; null where there is none.</summary>
    public int? FirstSentinel { get; init; }

    /// <summary>Sentinels whose ids follow below the first.</summary>
    public int Sentinels { get; init; }

    /// <summary>Finds them.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="source">Names it in messages.</param>
    /// <param name="model">The ids that the model names: what a decoder beside an encoder begins with, what has to follow, what ends a text.</param>
    /// <exception cref="InvalidDataException">It frames texts in a way that no objective knows.</exception>
    public static InitialTokens Of(Tokenizer tokenizer, string source, (int? Start, int? ForcedBegin, int? End) model)
    {
        (int[] before, int[] after) = Frame(tokenizer);
        if (before.Length > 1 || after.Length > 1)
            throw new InvalidDataException($"the tokenizer of {source} puts {before.Length} tokens before a text and {after.Length} after it; objectives of encoders know one of each at most");
        SpecialTokenRoles roles = tokenizer.Settings.Roles;
        bool answers = model.Start is not null;
        int? begin = before is [var first] ? first : answers ? null : roles.Classification?.Id;
        int[] plain = [.. new[] { roles.Beginning?.Id, roles.Classification?.Id }.OfType<int>(), .. BeginNames.Select(tokenizer.TokenToId).OfType<int>()];
        bool language = begin is { } id && !plain.Contains(id);
        int? sentinel = tokenizer.TokenToId(ModelFamily.Sentinel(0));
        return new()
        {
            Padding = roles.Padding?.Id ?? Named(tokenizer, PaddingNames),
            Begin = begin,
            TargetBegin = model.ForcedBegin ?? (language ? null : begin),
            LacksTargetLanguage = language && model.ForcedBegin is null,
            End = after is [var last] ? last : answers ? model.End ?? roles.End?.Id : roles.Separator?.Id,
            Mask = roles.Mask?.Id ?? Named(tokenizer, MaskNames),
            Start = model.Start,
            FirstSentinel = sentinel,
            Sentinels = sentinel is null ? 0 : Enumerable.Range(0, sentinel.Value + 1).TakeWhile(i => tokenizer.TokenToId(ModelFamily.Sentinel(i)) == sentinel - i).Count(),
        };
    }

    /// <summary>Refuses an objective that needs a token which there is not.</summary>
    /// <param name="kind">The objective.</param>
    /// <param name="hasSource">The model is an encoder beside a decoder.</param>
    /// <param name="source">Where the model is.</param>
    /// <exception cref="InvalidDataException">It does; the message names the part.</exception>
    public void Check(ObjectiveKind kind, bool hasSource, string source)
    {
        Require(Mask is not null || kind is not (ObjectiveKind.Masked or ObjectiveKind.Denoising), "mask token", "mask_token in tokenizer_config.json");
        Require(Sentinels > 0 || kind != ObjectiveKind.Spans, $"'{ModelFamily.Sentinel(0)}'", "another objective, such as pairs");
        Require(!hasSource || Start is not null, "start of a decoder", "decoder_start_token_id in its generation_config.json");
        Require(!hasSource || End is not null, "end of text", "eos_token_id in its generation_config.json");
        Require(!LacksTargetLanguage || kind != ObjectiveKind.Pairs, "language of the targets", "forced_bos_token_id, the id of that language, in its generation_config.json");

        void Require(bool valid, string part, string remedy)
        {
            if (!valid)
                throw new InvalidDataException($"training.init-from {source} names no {part}, which objective {ObjectiveRecipe.NameOf(kind)} needs; give {remedy}");
        }
    }

    /// <summary>What a tokenizer puts before and after a text.</summary>
    private static (int[] Before, int[] After) Frame(Tokenizer tokenizer)
    {
        int[] bare = tokenizer.EncodeToIds(Probe, addSpecialTokens: false), framed = tokenizer.EncodeToIds(Probe);
        int before = Enumerable.Range(0, framed.Length - bare.Length + 1).First(start => framed.AsSpan(start, bare.Length).SequenceEqual(bare));
        return (framed[..before], framed[(before + bare.Length)..]);
    }

    private static int? Named(Tokenizer tokenizer, string[] names) => names.Select(tokenizer.TokenToId).FirstOrDefault(id => id is not null);
}
