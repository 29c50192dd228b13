using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

using Weft.Model.Checkpoints.HuggingFace;
using Weft.Text;

namespace Weft.Training.Runs;

/// <summary>A run's tokenizer and the special tokens that its objective needs.</summary>
internal sealed record ObjectiveTokens
{
    private readonly ModelFamily? _family;
    private readonly int? _endOfText;
    private readonly InitialTokens? _initial;
    private readonly TaskRecipe? _task;

    /// <summary>Finds the special tokens.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="tokenizer">The run's tokenizer.</param>
    /// <param name="endOfText">Id that ends a document of models that mark nothing else; null where there is none.</param>
    /// <param name="initial">Those of the model to begin with; null: those that the family names.</param>
    /// <exception cref="InvalidDataException">The tokenizer lacks one; the message names it.</exception>
    public ObjectiveTokens(Recipe recipe, Tokenizer tokenizer, int? endOfText, InitialTokens? initial = null)
    {
        Tokenizer = tokenizer;
        _endOfText = endOfText;
        _initial = initial;
        _task = recipe.Task is { LabelsTexts: true } task ? task : null;
        ModelFamily? family = initial is null ? ModelFamily.Find(recipe.Model.Architecture) : null;
        _family = family is { Surrounds: true } ? family : null;
        if (_family is not null)
            foreach (string name in _family.SpecialTokens(ObjectiveCheck.KindOf(recipe)))
                Id(name);
    }

    /// <summary>Those of a run.</summary>
    /// <param name="recipe">Its recipe.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="initial">What it begins with; null for nothing.</param>
    public static ObjectiveTokens Of(Recipe recipe, Tokenizer tokenizer, InitialModel? initial) =>
        new(recipe, tokenizer, initial is null ? CorpusStage.EndOfTextId(tokenizer) : initial.EndOfTextId, initial?.Tokens);

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Fills rows; any id, since nothing sees it.</summary>
    public int Padding => _initial?.Padding ?? Optional(_family?.Padding) ?? _endOfText ?? 0;

    /// <summary>Stands before a text; null for nothing.</summary>
    public int? Begin => _initial is null ? Optional(_family?.Begin) : _initial.Begin;

    /// <summary>Stands before a target; null for nothing.</summary>
    public int? TargetBegin => _initial is null ? Begin : _initial.TargetBegin;

    /// <summary>Stands after a text; null for nothing.</summary>
    public int? End => _initial is not null ? _initial.End : _family is null ? _endOfText : Optional(_family.End);

    /// <summary>The documents themselves end with <see cref="End"/>, so that a text of several is read as one.</summary>
    public bool MarksEnds => _family is null && _initial is null;

    /// <summary>Stands for what is hidden.</summary>
    public int Mask => _initial?.Mask ?? Id(_family!.Mask!);

    /// <summary>What a decoder beside an encoder begins with; null for other models.</summary>
    public int? Start => _initial is null ? Optional(_family?.Start) : _initial.Start;

    /// <summary>The first sentinel; the others follow below it.</summary>
    public int FirstSentinel => _initial?.FirstSentinel ?? Id(ModelFamily.Sentinel(0));

    /// <summary>Sentinels.</summary>
    public int Sentinels => _initial?.Sentinels ?? _family!.Sentinels;

    /// <summary>Ids that no text has.</summary>
    public IReadOnlySet<long> Special => Enumerable.Range(0, Tokenizer.VocabularySize).Where(Tokenizer.IsSpecial).Select(id => (long)id).ToHashSet();

    /// <summary>What an export says of ids.</summary>
    public HuggingFaceExportOptions Export => _task is null ? Ids : Ids with
    {
        // What no text of a decoder holds: Transformers finds the last token of a row by it.
        PaddingId = MarksEnds ? Tokenizer.Settings.Roles.Padding?.Id ?? _endOfText : Padding,
        Labels = _task.Labels,
        ProblemType = _task.ProblemType,
    };

    private HuggingFaceExportOptions Ids => MarksEnds
        ? new() { BeginOfTextId = _endOfText, EndOfTextId = _endOfText }
        : new()
        {
            BeginOfTextId = Start is null ? null : Begin,
            EndOfTextId = Start is null ? null : End,
            PaddingId = Padding,
            DecoderStartId = Start,
            ForcedBeginId = Start is null ? null : TargetBegin,
        };

    /// <summary>For each id, whether it begins a word: it stands after a space, or is no part of a word at all.</summary>
    public IReadOnlyList<bool> BeginsWord()
    {
        bool pieces = Names().Any(name => name.StartsWith("##", StringComparison.Ordinal));
        return [.. Names().Select((name, id) => pieces ? !name.StartsWith("##", StringComparison.Ordinal) : name.StartsWith('▁') || Begins(Text(id)))];

        // A part of a character that takes several tokens is decoded to the replacement character.
        static bool Begins(string text) => text.Length == 0 || !(char.IsLetterOrDigit(text[0]) || char.IsSurrogate(text[0]) || text[0] == '\uFFFD');
    }

    /// <summary>For each id, whether it ends a sentence.</summary>
    public IReadOnlyList<bool> EndsSentence() => [.. Enumerable.Range(0, Tokenizer.VocabularySize).Select(id => Text(id).TrimEnd() is [.., '.' or '!' or '?' or '。' or '！' or '？'])];

    /// <summary>Writes which token plays which part, for Hugging Face's tokenizers; nothing for models whose config says all.</summary>
    public void WriteConfig(string path, int context)
    {
        if (MarksEnds)
            return;
        bool encoder = Start is null;
        var json = new JsonObject
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["model_max_length"] = context,
            ["clean_up_tokenization_spaces"] = false,
        };
        (string Key, int? Id)[] parts =
        [
            ("pad_token", _initial is null ? Padding : _initial.Padding), (encoder ? "sep_token" : "eos_token", End), (encoder ? "cls_token" : "bos_token", Begin),
            ("mask_token", _initial is null ? Optional(_family!.Mask) : _initial.Mask),
        ];
        foreach ((string key, int? id) in parts)
            if (id is { } known)
                json[key] = Tokenizer.IdToToken(known);
        AtomicFile.WriteText(path, json.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n");
    }

    private IEnumerable<string> Names() => Enumerable.Range(0, Tokenizer.VocabularySize).Select(id => Tokenizer.IdToToken(id) ?? "");

    private string Text(int id) => Tokenizer.Decode([id], skipSpecialTokens: false);

    private int? Optional(string? name) => name is null ? null : Id(name);

    private int Id(string name) => Tokenizer.TokenToId(name) ?? throw new InvalidDataException(
        $"the tokenizer has no token '{name}', which a {_family!.Name} model needs; give a tokenizer that has it as tokenizer.file, or leave that out to train one");
}
