using Weft.Data;
using Weft.Training.Batches;
using Weft.Training.Objectives;

namespace Weft.Training.Runs;

/// <summary>From token ids to what a recipe's objective learns from and is judged by.</summary>
/// <param name="recipe">A recipe that has been filled in.</param>
/// <param name="tokens">The tokenizer and its special tokens.</param>
internal sealed class ObjectiveData(Recipe recipe, ObjectiveTokens tokens)
{
    private readonly ObjectiveRecipe _objective = recipe.Training.Objective;
    private readonly ObjectiveKind _kind = ObjectiveCheck.KindOf(recipe);

    /// <summary>Text is read as one and cut into windows, not document by document.</summary>
    public bool Windows => ObjectiveCheck.PackingOf(recipe) == PackingKind.Windows;

    /// <summary>How examples become rows.</summary>
    public RowLayout Layout => new(ObjectiveCheck.PackingOf(recipe) == PackingKind.Padded ? Arrangement.Padded : Arrangement.Packed, tokens.Padding);

    /// <summary>What a split teaches.</summary>
    /// <param name="text">Its ids; of pairs, those of the targets.</param>
    /// <param name="source">Ids of the sources of pairs; null for other objectives.</param>
    /// <exception cref="InvalidDataException">Its documents do not suit the objective or the context; the message says which.</exception>
    public Examples Examples(ITokenSequence text, ITokenSequence? source)
    {
        int context = recipe.Model.Context;
        try
        {
            if (recipe.Task is { } task)
                return task.Objective switch
                {
                    ObjectiveKind.Conversation => new AnswerExamples(text, context),
                    ObjectiveKind.Preference => new PreferenceExamples(text, context),
                    _ => new LabelledExamples(text, task, context),
                };
            return source is not null
                ? new ParallelDocuments(source, text, new(context, context, tokens.Start!.Value, tokens.End!.Value))
                : new DocumentExamples(text, Objective(), context);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"objective {ObjectiveRecipe.NameOf(_kind)} with model.context {context}: {e.Message}", e);
        }
    }

    /// <summary>As <see cref="Examples"/>, of the split that is learnt from.</summary>
    public Examples Learnt(ITokenSequence text, ITokenSequence? source)
    {
        Examples examples = Examples(text, source);
        return _objective.TokenDropout == 0 ? examples : new ThinnedExamples(examples, _objective.TokenDropout, tokens.Special);
    }

    /// <summary>Held-out ids as what a model is judged by.</summary>
    public IEvaluationSet Evaluation(ITokenSequence text, Examples? examples) =>
        examples is null ? new ShardWindows(text, recipe.Model.Context) : new ExampleSet(examples, Layout);

    private TextObjective Objective() => _kind switch
    {
        ObjectiveKind.Causal => new CausalText(),
        ObjectiveKind.Prefix => new PrefixText(),
        ObjectiveKind.Masked => Masked(new(tokens.Mask, tokens.Tokenizer.VocabularySize)),
        ObjectiveKind.Spans => Spans(new(tokens.FirstSentinel, tokens.Sentinels, tokens.Start!.Value, tokens.End!.Value)),
        ObjectiveKind.Denoising => Denoised(new(tokens.Mask, tokens.Start!.Value, tokens.End!.Value)),
        _ => throw new NotSupportedException($"objective {_kind} does not learn from one text"),
    };

    private MaskedText Masked(MaskedText usual) => usual with
    {
        Share = _objective.Share ?? usual.Share,
        BeginId = tokens.Begin,
        EndId = tokens.End,
        Special = tokens.Special,
        BeginsWord = _objective.WholeWords == true ? tokens.BeginsWord() : null,
    };

    private SpanCorruption Spans(SpanCorruption usual) => usual with
    {
        Density = _objective.Density ?? usual.Density,
        MeanSpan = _objective.MeanLength ?? usual.MeanSpan,
    };

    private Denoising Denoised(Denoising usual) => usual with
    {
        Share = _objective.Share ?? usual.Share,
        MeanSpan = _objective.MeanLength ?? usual.MeanSpan,
        BeginId = tokens.Begin,
        EndsSentence = tokens.EndsSentence(),
    };
}
